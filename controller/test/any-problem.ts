import fc from 'fast-check';
import type { ClusterSnapshot, NodeModel, ProvisionerModel } from '../src/core/cluster-snapshot.ts';
import type { InstanceType } from '../src/core/instance-type.ts';
import type { PodDemand } from '../src/core/pod-demand.ts';
import type { PodAffinityTerm, PodSelector, SpreadConstraint, Weighted } from '../src/core/pod-topology.ts';
import { type Expression, requirementsOf } from '../src/core/requirements.ts';
import { GI, instanceType, node, pod, provisioner, snapshot } from './scheduling-problem.ts';

/** What `solve` is asked. */
export interface SchedulingProblem {
  readonly world: ClusterSnapshot;
  readonly demand: readonly PodDemand[];
}

/** What a random problem may have besides pods that request room and Provisioners of several weights. */
export type ProblemKind =
  | 'node-choice'
  | 'taints'
  | 'host-ports'
  | 'between-pods'
  | 'wishes'
  | 'limits'
  | 'daemons'
  | 'stock'
  | 'nodes'
  | 'in-flight';

export const EVERY_KIND: readonly ProblemKind[] = [
  'node-choice',
  'taints',
  'host-ports',
  'between-pods',
  'wishes',
  'limits',
  'daemons',
  'stock',
  'nodes',
  'in-flight',
];

export interface ProblemSize {
  readonly deploymentsMax: number;
  readonly replicasMax: number;
  readonly nodesMax: number;
  readonly provisionersMax: number;
  readonly zones: readonly string[];
}

/** Small enough that a person can follow a counter-example. */
const SMALL_SIZE: ProblemSize = {
  deploymentsMax: 5,
  replicasMax: 3,
  nodesMax: 3,
  provisionersMax: 3,
  zones: ['a', 'b', 'c'],
};

export const ZONE = 'topology.kubernetes.io/zone';
export const HOSTNAME = 'kubernetes.io/hostname';
export const CAPACITY_TYPE = 'karpenter.sh/capacity-type';
/** A label that only Provisioners set. */
export const RACK = 'rack';
const CAPACITY_TYPES = ['spot', 'on-demand'] as const;
const RACKS = ['r1', 'r2'];
const TAINT = { key: 'team', value: 'a', effect: 'NoSchedule' } as const;
const SHUNNED = { key: 'old', value: '', effect: 'PreferNoSchedule' } as const;
const TOLERATION = { key: 'team', operator: 'Exists', value: '', effect: '' } as const;

/** Returns random problems with these kinds of constraints mixed. */
export function anyProblem(
  kinds: readonly ProblemKind[],
  size: Partial<ProblemSize> = {},
): fc.Arbitrary<SchedulingProblem> {
  const sizes = { ...SMALL_SIZE, ...size };
  const asked = new Set(kinds);
  const only = <T>(kind: ProblemKind, value: fc.Arbitrary<T>, without: NoInfer<T>) =>
    asked.has(kind) ? value : fc.constant(without);
  const draw = { only, asked, sizes };
  const deployment = fc.record({ of: anyPod(draw), replicas: fc.integer({ min: 1, max: sizes.replicasMax }) });
  return fc
    .record({
      deployments: fc.array(deployment, { minLength: 1, maxLength: sizes.deploymentsMax }),
      nodes: only('nodes', fc.array(anyNode(draw), { maxLength: sizes.nodesMax }), []),
      provisioners: fc.array(anyProvisioner(draw), { minLength: 1, maxLength: sizes.provisionersMax }),
      daemons: only('daemons', fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 2 }), []),
    })
    .map(({ deployments, nodes, provisioners, daemons }) => ({
      world: snapshot({
        nodes: nodes.flatMap((make, index) => (make.isClosed ? [] : [make.nodeOf(`n${index}`)])),
        closedNodes: nodes.flatMap((make, index) => (make.isClosed ? [make.nodeOf(`n${index}`)] : [])),
        provisioners: provisioners.map((make, index) => make(`p${index}`)),
        daemons: daemons.map((tenths, index) =>
          pod(`daemon-${index}`, {
            requests: { cpu: tenths * 100, pods: 1 },
            nodeSelector: index === 0 ? {} : { [CAPACITY_TYPE]: 'spot' },
            tolerations: [TOLERATION],
          }),
        ),
      }),
      demand: deployments.flatMap(({ of, replicas }, index) =>
        Array.from({ length: replicas }, (_, replica) => of(`pod-${index}-${replica}`)),
      ),
    }));
}

interface Draw {
  /** The value where problems may have the kind, else what is there without it. */
  readonly only: <T>(kind: ProblemKind, value: fc.Arbitrary<T>, without: NoInfer<T>) => fc.Arbitrary<T>;
  readonly asked: ReadonlySet<ProblemKind>;
  readonly sizes: ProblemSize;
}

const few = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(value, { maxLength: 2 }) });
const weighted = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<readonly Weighted<T>[]> =>
  few(fc.record({ weight: fc.integer({ min: 1, max: 3 }), value }));

function anyPod({ only, sizes }: Draw): fc.Arbitrary<(name: string) => PodDemand> {
  const selector: fc.Arbitrary<PodSelector> = fc.record({
    namespaces: fc.constantFrom<PodSelector['namespaces']>(['default'], ['other'], 'all'),
    labels: fc.constantFrom<PodSelector['labels']>(
      [{ key: 'app', operator: 'In', values: ['x'] }],
      [{ key: 'app', operator: 'NotIn', values: ['x'] }],
      [],
      'nothing',
    ),
  });
  const topologyKey = fc.constantFrom(ZONE, ZONE, HOSTNAME, CAPACITY_TYPE, RACK);
  const term: fc.Arbitrary<PodAffinityTerm> = fc.record({ topologyKey, selector });
  const spread: fc.Arbitrary<SpreadConstraint> = fc.record({
    topologyKey,
    maxSkew: fc.integer({ min: 1, max: 2 }),
    minDomains: fc.integer({ min: 1, max: 3 }),
    selector,
    honorsNodeAffinity: fc.boolean(),
    honorsNodeTaints: fc.boolean(),
  });
  const chosen = fc.constantFrom<readonly [string, string]>(
    ...sizes.zones.map((zone) => [ZONE, zone] as const),
    ...CAPACITY_TYPES.map((type) => [CAPACITY_TYPE, type] as const),
    [RACK, 'r1'],
  );
  const expression: fc.Arbitrary<Expression> = fc
    .tuple(chosen, fc.constantFrom<'In' | 'NotIn'>('In', 'NotIn'))
    .map(([[key, value], operator]) => ({ key, operator, values: [value] }));
  const seed = fc.record({
    namespace: fc.constantFrom('default', 'default', 'other'),
    app: fc.constantFrom('x', 'y'),
    cpu: fc.integer({ min: 1, max: 30 }),
    memoryGib: fc.integer({ min: 0, max: 10 }),
    createdAtMs: fc.integer({ min: 0, max: 2 }),
    chosen: only('node-choice', fc.option(chosen, { freq: 3 }), null),
    terms: only('node-choice', few(fc.array(expression, { minLength: 1, maxLength: 2 })), []),
    tolerates: only('taints', fc.boolean(), false),
    hostPort: only('host-ports', fc.option(fc.constantFrom(80, 81), { freq: 4 }), null),
    spread: only('between-pods', few(spread), []),
    podAffinity: only('between-pods', few(term), []),
    podAntiAffinity: only('between-pods', few(term), []),
    wishes: fc.record({
      nodeTerms: only('wishes', weighted(fc.array(expression, { minLength: 1, maxLength: 2 })), []),
      podAffinity: only('wishes', weighted(term), []),
      podAntiAffinity: only('wishes', weighted(term), []),
      spread: only('wishes', few(spread), []),
    }),
  });
  return seed.map((drawn) => (name) => {
    const { namespace } = drawn;
    // A spread constraint speaks of the pod's own namespace.
    const ownSpread = (each: SpreadConstraint) => ({
      ...each,
      selector: { ...each.selector, namespaces: [namespace] },
    });
    return pod(name, {
      namespace,
      labels: { app: drawn.app },
      createdAtMs: drawn.createdAtMs,
      requests: { cpu: drawn.cpu * 100, memory: drawn.memoryGib * GI, pods: 1 },
      nodeSelector: drawn.chosen === null ? {} : { [drawn.chosen[0]]: drawn.chosen[1] },
      requiredNodeTerms: drawn.terms,
      tolerations: drawn.tolerates ? [TOLERATION] : [],
      hostPorts: drawn.hostPort === null ? [] : [{ ip: '', port: drawn.hostPort, protocol: 'TCP' }],
      spread: drawn.spread.map(ownSpread),
      podAffinity: drawn.podAffinity,
      podAntiAffinity: drawn.podAntiAffinity,
      wishes: { ...drawn.wishes, spread: drawn.wishes.spread.map(ownSpread) },
    });
  });
}

function anyNode(draw: Draw) {
  const { only, asked, sizes } = draw;
  const seed = fc.record({
    zone: fc.option(fc.constantFrom(...sizes.zones), { freq: 8 }),
    rack: fc.option(fc.constantFrom(...RACKS)),
    capacityType: fc.constantFrom(...CAPACITY_TYPES),
    isTainted: only('taints', fc.boolean(), false),
    isShunned: only('wishes', fc.boolean(), false),
    isClosed: fc.boolean(),
    isInFlight: only('in-flight', fc.boolean(), false),
    usedTenths: fc.integer({ min: 0, max: 30 }),
    bound: fc.array(anyPod(draw), { maxLength: 2 }),
  });
  return seed.map((drawn) => ({
    isClosed: drawn.isClosed,
    nodeOf: (name: string): NodeModel => {
      const { zone, rack, capacityType, isInFlight } = drawn;
      const zoneOfLaunch: Expression = { key: ZONE, operator: 'In', values: sizes.zones.slice(0, 2) };
      const bound = asked.has('between-pods') ? drawn.bound : [];
      return node(name, {
        initialized: !isInFlight,
        labels: {
          [HOSTNAME]: name,
          [CAPACITY_TYPE]: capacityType,
          ...(zone === null || isInFlight ? {} : { [ZONE]: zone }),
          ...(rack === null ? {} : { [RACK]: rack }),
        },
        ...(isInFlight ? { undecided: requirementsOf([zoneOfLaunch]) } : {}),
        taints: [...(drawn.isTainted ? [TAINT] : []), ...(drawn.isShunned ? [SHUNNED] : [])],
        requested: { cpu: drawn.usedTenths * 100, pods: bound.length },
        pods: bound.map((make, index) => ({ demand: make(`bound-${name}-${index}`) })),
      });
    },
  }));
}

function anyProvisioner({ only, sizes }: Draw): fc.Arbitrary<(name: string) => ProvisionerModel> {
  const seed = fc.record({
    weight: fc.integer({ min: 0, max: 2 }),
    limitCpu: only('limits', fc.option(fc.integer({ min: 0, max: 16 }), { freq: 2 }), null),
    limitMemoryGib: only('limits', fc.option(fc.integer({ min: 0, max: 64 }), { freq: 1 }), null),
    usageCpu: only('limits', fc.integer({ min: 0, max: 4 }), 0),
    isTainted: only('taints', fc.boolean(), false),
    isShunned: only('wishes', fc.boolean(), false),
    zones: fc.subarray([...sizes.zones], { minLength: 1 }),
    racks: fc.option(fc.constantFrom(['r1'], RACKS)),
    sellsSpot: fc.boolean(),
    shortZone: only('stock', fc.option(fc.constantFrom(...sizes.zones)), null),
  });
  return seed.map((drawn) => (name) => {
    const { limitCpu, limitMemoryGib, racks } = drawn;
    const limits = {
      ...(limitCpu === null ? {} : { cpu: limitCpu * 1000 }),
      ...(limitMemoryGib === null ? {} : { memory: limitMemoryGib * GI }),
    };
    return provisioner(name, {
      weight: drawn.weight,
      ...(Object.keys(limits).length === 0 ? {} : { limits }),
      usage: { cpu: drawn.usageCpu * 1000, memory: drawn.usageCpu * 2 * GI },
      taints: [...(drawn.isTainted ? [TAINT] : []), ...(drawn.isShunned ? [SHUNNED] : [])],
      requirements: [
        { key: CAPACITY_TYPE, operator: 'In', values: drawn.sellsSpot ? CAPACITY_TYPES : ['on-demand'] },
        ...(racks === null ? [] : [{ key: RACK, operator: 'In' as const, values: racks }]),
      ],
      instanceTypes: typesIn(drawn.zones, drawn.shortZone),
    });
  });
}

/** A small, a medium and a rich type: the rich one has the cores of the small and the memory of the medium. */
function typesIn(zones: readonly string[], shortZone: string | null): InstanceType[] {
  const small = instanceType('small', 2, { offerings: offeringsIn(zones, shortZone, 20) });
  const medium = instanceType('medium', 4, { offerings: offeringsIn(zones, shortZone, 40) });
  const rich = instanceType('rich', 2, { offerings: offeringsIn(zones, null, 29) });
  const amounts = { ...rich.capacity, memory: 16 * GI };
  return [small, medium, { ...rich, capacity: amounts, allocatable: amounts }];
}

function offeringsIn(zones: readonly string[], shortZone: string | null, priceNanoUsdPerHour: number) {
  return zones.flatMap((zone, index) =>
    CAPACITY_TYPES.map((capacityType) => ({
      zone,
      capacityType,
      priceNanoUsdPerHour: (capacityType === 'spot' ? 1 : 3) * priceNanoUsdPerHour + index,
      available: zone !== shortZone,
    })),
  );
}
