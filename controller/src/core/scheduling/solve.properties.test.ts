import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GI, instanceType, node, OPTIONS, pod, provisioner, snapshot } from '../../../test/scheduling-problem.ts';
import type { ClusterSnapshot } from '../cluster-snapshot.ts';
import type { PodDemand } from '../pod-demand.ts';
import type { Plan } from './plan.ts';
import { solve } from './solve.ts';

const SEED = 20263;
const ZONE = 'topology.kubernetes.io/zone';
const ARCH = 'kubernetes.io/arch';

interface Problem {
  readonly world: ClusterSnapshot;
  readonly demand: readonly PodDemand[];
}

const team = { key: 'team', value: 'a', effect: 'NoSchedule' } as const;
const toleration = { key: 'team', operator: 'Exists', value: '', effect: '' } as const;

const anyPod = fc.record({
  cpu: fc.integer({ min: 0, max: 30 }),
  memory: fc.integer({ min: 0, max: 12 }),
  createdAtMs: fc.integer({ min: 0, max: 3 }),
  zone: fc.option(fc.constantFrom('a', 'b', 'z')),
  arch: fc.option(fc.constantFrom('amd64', 'arm64')),
  terms: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
  tolerates: fc.boolean(),
});
const anyNode = fc.record({
  zone: fc.constantFrom('a', 'b'),
  tainted: fc.boolean(),
  requested: fc.integer({ min: 0, max: 4 }),
});
const anyProvisioner = fc.record({
  weight: fc.integer({ min: 0, max: 2 }),
  limit: fc.option(fc.integer({ min: 0, max: 24 })),
  usage: fc.integer({ min: 0, max: 8 }),
  tainted: fc.boolean(),
});

const anyProblem: fc.Arbitrary<Problem> = fc
  .record({
    demand: fc.array(anyPod, { maxLength: 14 }),
    nodes: fc.array(anyNode, { maxLength: 3 }),
    provisioners: fc.array(anyProvisioner, { maxLength: 3 }),
    daemonCpu: fc.integer({ min: 0, max: 8 }),
  })
  .map(({ demand, nodes, provisioners, daemonCpu }) => ({
    world: snapshot({
      nodes: nodes.map(({ zone, tainted, requested }, index) =>
        node(`n${index}`, {
          labels: { [ZONE]: zone, [ARCH]: 'amd64' },
          taints: tainted ? [team] : [],
          requested: { cpu: requested * 1000 },
        }),
      ),
      provisioners: provisioners.map(({ weight, limit, usage, tainted }, index) =>
        provisioner(`p${index}`, {
          weight,
          ...(limit === null ? {} : { limits: { cpu: limit * 1000 } }),
          usage: { cpu: usage * 1000 },
          taints: tainted ? [team] : [],
          instanceTypes: [instanceType('s', 2), instanceType('m', 4), instanceType('arm', 4, { arch: 'arm64' })],
        }),
      ),
      daemons: [
        pod('daemon', {
          requests: { cpu: daemonCpu * 100, pods: 1 },
          nodeSelector: { [ARCH]: 'amd64' },
          tolerations: [toleration],
        }),
      ],
    }),
    demand: demand.map(({ cpu, memory, createdAtMs, zone, arch, terms, tolerates }, index) =>
      pod(`pod-${index}`, {
        createdAtMs,
        requests: { cpu: cpu * 100, memory: memory * GI, pods: 1 },
        nodeSelector: { ...(zone === null ? {} : { [ZONE]: zone }), ...(arch === null ? {} : { [ARCH]: arch }) },
        requiredNodeTerms: terms.map((term) => [{ key: ZONE, operator: 'In', values: [term] }]),
        tolerations: tolerates ? [toleration] : [],
      }),
    ),
  }));

const check = (holds: (problem: Problem, plan: Plan) => void) =>
  fc.assert(
    fc.property(anyProblem, (problem) => holds(problem, solve(problem.world, problem.demand, OPTIONS))),
    { seed: SEED, numRuns: 500 },
  );

const total = (amounts: readonly number[]) => amounts.reduce((sum, amount) => sum + amount, 0);
const asked = (demand: readonly PodDemand[], uids: readonly string[], name: string) =>
  total(demand.filter((each) => uids.includes(each.uid)).map((each) => each.requests[name] ?? 0));

// None of these uses the code under test: amounts are summed, labels compared and taints matched by hand.
const zoneSuits = ({ nodeSelector, requiredNodeTerms }: PodDemand, zone: string | undefined) =>
  (nodeSelector[ZONE] ?? zone) === zone &&
  (requiredNodeTerms.length === 0 ||
    requiredNodeTerms.some((term) => term.every((each) => each.values.includes(zone ?? ''))));
const archSuits = ({ nodeSelector }: PodDemand, arch: string | undefined) => (nodeSelector[ARCH] ?? arch) === arch;

describe('every plan', () => {
  test('gives each pod exactly one fate', () => {
    check(({ demand }, plan) => {
      const fates = [
        ...plan.placements.map((placement) => placement.podUid),
        ...plan.nodes.flatMap((planned) => planned.podUids),
        ...plan.unplaced.map((each) => each.podUid),
      ];
      expect(fates.sort()).toEqual(demand.map((each) => each.uid).sort());
    });
  });

  test('stays the same however its input is ordered', () => {
    fc.assert(
      fc.property(anyProblem, fc.infiniteStream(fc.nat()), ({ world, demand }, chance) => {
        const shuffled = <T>(list: readonly T[]) =>
          list
            .map((item) => ({ item, at: chance.next().value as number }))
            .sort((a, b) => a.at - b.at)
            .map(({ item }) => item);
        const other = {
          nodes: shuffled(world.nodes),
          daemons: shuffled(world.daemons),
          provisioners: shuffled(world.provisioners).map((each) => ({
            ...each,
            instanceTypes: shuffled(each.instanceTypes),
          })),
        };
        expect(solve(other, shuffled(demand), OPTIONS)).toEqual(solve(world, demand, OPTIONS));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('puts no more on an existing node than it holds, and nothing that does not belong there', () => {
    check(({ world, demand }, plan) => {
      for (const existing of world.nodes) {
        const uids = plan.placements.filter(({ nodeName }) => nodeName === existing.name).map(({ podUid }) => podUid);
        for (const name of ['cpu', 'memory', 'pods'] as const) {
          if (uids.length === 0) continue;
          const daemons = total(world.daemons.map((daemon) => daemon.requests[name] ?? 0));
          const used = (existing.requested[name] ?? 0) + daemons + asked(demand, uids, name);
          if (asked(demand, uids, name) > 0) expect(used).toBeLessThanOrEqual(existing.allocatable[name] ?? 0);
        }
        for (const each of demand.filter(({ uid }) => uids.includes(uid))) {
          expect(zoneSuits(each, existing.labels[ZONE]) && archSuits(each, existing.labels[ARCH])).toBe(true);
          expect(existing.taints.length === 0 || each.tolerations.length > 0).toBe(true);
        }
      }
    });
  });

  test('buys only nodes whose every option holds and suits all of their pods', () => {
    check(({ world, demand }, plan) => {
      for (const planned of plan.nodes) {
        const owner = world.provisioners.find(({ name }) => name === planned.provisionerName);
        expect(planned.options.length).toBeGreaterThan(0);
        for (const option of planned.options) {
          const type = owner?.instanceTypes.find(({ name }) => name === option.instanceType);
          const arch = option.instanceType === 'arm' ? 'arm64' : 'amd64';
          for (const name of ['cpu', 'memory', 'pods'] as const) {
            const daemons = arch === 'amd64' ? total(world.daemons.map((daemon) => daemon.requests[name] ?? 0)) : 0;
            expect(daemons + asked(demand, planned.podUids, name)).toBeLessThanOrEqual(type?.allocatable[name] ?? 0);
          }
          for (const each of demand.filter(({ uid }) => planned.podUids.includes(uid))) {
            expect(zoneSuits(each, option.zone) && archSuits(each, arch)).toBe(true);
            expect(owner?.taints.length === 0 || each.tolerations.length > 0).toBe(true);
          }
        }
      }
    });
  });

  test('keeps usage plus everything it may launch within every limit', () => {
    check(({ world }, plan) => {
      for (const { name, limits, usage, instanceTypes } of world.provisioners) {
        const mine = plan.nodes.filter((planned) => planned.provisionerName === name);
        if (limits === undefined || mine.length === 0) continue;
        const largest = mine.map((planned) =>
          Math.max(
            ...planned.options.map(
              (option) => instanceTypes.find((type) => type.name === option.instanceType)?.capacity.cpu ?? 0,
            ),
          ),
        );
        expect((usage.cpu ?? 0) + total(largest)).toBeLessThanOrEqual(limits.cpu ?? 0);
        expect(mine.map((planned) => planned.reservedCapacity.cpu)).toEqual(largest);
      }
    });
  });

  test('names for each pod it leaves what every Provisioner lacks', () => {
    check(({ world }, plan) => {
      for (const { code, misses } of plan.unplaced) {
        if (code === 'invalid-pod' || code === 'no-provisioner') continue;
        expect(misses.map((miss) => miss.provisionerName).sort()).toEqual(
          world.provisioners.map(({ name }) => name).sort(),
        );
        expect(misses[0]?.code).toBe(code);
      }
    });
  });

  test('leaves no pod that some single empty node could hold, where nothing is limited', () => {
    const places = ['s', 'm', 'arm'].flatMap((type) => ['a', 'b'].map((zone) => ({ type, zone })));
    check(({ world, demand }, plan) => {
      const free = world.provisioners.filter(({ limits }) => limits === undefined);
      for (const { podUid } of plan.unplaced) {
        const left = demand.find(({ uid }) => uid === podUid) as PodDemand;
        const couldHold = free.flatMap(({ taints, instanceTypes }) =>
          places.filter(({ type, zone }) => {
            const arch = type === 'arm' ? 'arm64' : 'amd64';
            const offered = instanceTypes.find(({ name }) => name === type)?.allocatable;
            const daemon = arch === 'amd64' ? (world.daemons[0]?.requests.cpu ?? 0) : 0;
            const isRoomy =
              daemon + (left.requests.cpu ?? 0) <= (offered?.cpu ?? 0) &&
              (left.requests.memory ?? 0) <= (offered?.memory ?? 0);
            const isWelcome = taints.length === 0 || left.tolerations.length > 0;
            return isRoomy && isWelcome && zoneSuits(left, zone) && archSuits(left, arch);
          }),
        );
        expect(couldHold).toEqual([]);
      }
    });
  });
});
