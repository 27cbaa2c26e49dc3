import { describe, expect, test } from '@jest/globals';
import { GI, instanceType, node, OPTIONS, pod, pods, provisioner, snapshot } from '../../../test/scheduling-problem.ts';
import type { InstanceType } from '../instance-type.ts';
import { firstFit } from './first-fit.ts';
import type { Plan } from './plan.ts';
import { solve } from './solve.ts';

const ZONE = 'topology.kubernetes.io/zone';
const CENT = 10_000_000;

/** A type sold in zone a for so many cents an hour. */
function sold(name: string, cpu: number, cents: number, memoryGi = cpu * 4): InstanceType {
  const amounts = { cpu: cpu * 1000, memory: memoryGi * GI, pods: 100 };
  const offering = {
    zone: 'a',
    capacityType: 'on-demand',
    priceNanoUsdPerHour: cents * CENT,
    available: true,
  } as const;
  return { ...instanceType(name, cpu, { offerings: [offering] }), capacity: amounts, allocatable: amounts };
}

const bought = (plan: Plan) => plan.nodes.map(({ instanceTypes: [cheapest], podUids }) => [cheapest, podUids.length]);
const centsOf = (plan: Plan) => plan.costNanoUsdPerHour / CENT;

describe('pods that are free to go anywhere', () => {
  // First fit fills one node until the largest type is full, whatever that costs.
  const types = [sold('small', 4, 10), sold('huge', 64, 400)];
  const provisioners = [provisioner('p', { instanceTypes: types })];
  const demand = pods(40, 'web', { requests: { cpu: 1000, memory: GI, pods: 1 } });

  test('get the nodes that are cheapest together', () => {
    const plan = solve(snapshot({ provisioners }), demand, OPTIONS);
    expect(bought(plan)).toEqual(Array.from({ length: 10 }, () => ['small', 4]));
    expect(centsOf(plan)).toBe(100);
    expect(centsOf(firstFit(snapshot({ provisioners }), demand, OPTIONS))).toBe(400);
  });

  test('get fewer and larger nodes when a node costs more than its instance', () => {
    const options = { ...OPTIONS, nodeCostNanoUsdPerHour: 100 * CENT };
    const dear = [sold('small', 4, 10), sold('large', 40, 103)];
    const plan = solve(snapshot({ provisioners: [provisioner('p', { instanceTypes: dear })] }), demand, options);
    expect(bought(plan)).toEqual([['large', 40]]);
  });

  test('are mixed so that no resource of a node is left over', () => {
    const lean = pods(30, 'lean', { requests: { cpu: 1000, memory: GI, pods: 1 } });
    const fat = pods(30, 'fat', { requests: { cpu: 1000, memory: 7 * GI, pods: 1 } });
    const balanced = [sold('balanced', 4, 20, 16), sold('fat', 4, 35, 28)];
    const plan = solve(
      snapshot({ provisioners: [provisioner('p', { instanceTypes: balanced })] }),
      [...lean, ...fat],
      OPTIONS,
    );
    expect(bought(plan)).toEqual(Array.from({ length: 15 }, () => ['balanced', 4]));
  });

  test('fill what nodes that are there have left before anything is bought', () => {
    const nodes = [node('present')];
    const plan = solve(snapshot({ provisioners, nodes }), demand, OPTIONS);
    expect(plan.placements).toHaveLength(4);
    expect(centsOf(plan)).toBe(90);
  });

  test('are bought for within the limits, exactly', () => {
    const limited = [provisioner('p', { instanceTypes: types, limits: { cpu: 20_000 } })];
    const plan = solve(snapshot({ provisioners: limited }), demand, OPTIONS);
    expect(bought(plan)).toEqual(Array.from({ length: 5 }, () => ['small', 4]));
    expect(plan.nodes.map(({ reservedCapacity }) => reservedCapacity.cpu)).toEqual([4000, 4000, 4000, 4000, 4000]);
    expect(plan.unplaced).toHaveLength(20);
  });

  test('go to the heaviest Provisioner, though a lighter one is cheaper', () => {
    const heavy = provisioner('heavy', { weight: 10, instanceTypes: [sold('dear', 4, 50)] });
    const plan = solve(snapshot({ provisioners: [...provisioners, heavy] }), demand, OPTIONS);
    expect(new Set(plan.nodes.map(({ provisionerName }) => provisionerName))).toEqual(new Set(['heavy']));
  });
});

describe('pods that rules bind', () => {
  const types = [sold('small', 4, 10), sold('huge', 64, 400)];
  const provisioners = [provisioner('p', { instanceTypes: types })];
  const apart = {
    labels: { app: 'db' },
    podAntiAffinity: [
      {
        topologyKey: 'kubernetes.io/hostname',
        selector: { namespaces: ['default'], labels: [{ key: 'app', operator: 'In' as const, values: ['db'] }] },
      },
    ],
  };

  test('share nodes with free ones, which make none of them dearer', () => {
    const free = pods(9, 'web', { requests: { cpu: 1000, memory: GI, pods: 1 } });
    const bound = pods(3, 'db', { ...apart, requests: { cpu: 1000, memory: GI, pods: 1 } });
    const plan = solve(snapshot({ provisioners }), [...free, ...bound], OPTIONS);
    expect(bought(plan)).toEqual([
      ['small', 4],
      ['small', 4],
      ['small', 4],
    ]);
  });
});

describe('the share of a plan that one node may get', () => {
  const demand = pods(40, 'web', { requests: { cpu: 100, memory: GI / 8, pods: 1 } });

  test.each([
    ['free', {}],
    ['bound', { labels: { app: 'web' }, spread: [zoneSpread()] }],
  ])('bounds its pods, %s ones too', (_, rest) => {
    const provisioners = [provisioner('p', { instanceTypes: [sold('small', 16, 10), sold('huge', 64, 30)] })];
    const plan = solve(
      snapshot({ provisioners }),
      demand.map((each) => ({ ...each, ...rest })),
      { ...OPTIONS, nodeShareMax: 0.25 },
    );
    expect(plan.nodes.map(({ podUids }) => podUids.length)).toEqual([10, 10, 10, 10]);
  });

  test('is never less than one pod', () => {
    const provisioners = [provisioner('p')];
    const plan = solve(snapshot({ provisioners }), pods(2, 'web'), { ...OPTIONS, nodeShareMax: 0.01 });
    expect(plan.nodes.map(({ podUids }) => podUids.length)).toEqual([1, 1]);
  });
});

test('of two plans the one is taken that places the pods of higher priority', () => {
  // By size alone the idle pod comes first and takes all that the limit leaves.
  const demand = [
    pod('idle', { requests: { cpu: 3000, pods: 1 }, priority: -10 }),
    pod('urgent', { requests: { cpu: 2000, pods: 1 }, priority: 1000 }),
  ];
  const provisioners = [provisioner('p', { limits: { cpu: 4000 } })];
  const plan = solve(snapshot({ provisioners }), demand, OPTIONS);
  expect(plan.unplaced.map(({ podUid }) => podUid)).toEqual(['idle']);
});

function zoneSpread() {
  return {
    topologyKey: ZONE,
    maxSkew: 1,
    minDomains: 1,
    selector: { namespaces: ['default'], labels: [{ key: 'app', operator: 'In' as const, values: ['web'] }] },
    honorsNodeAffinity: true,
    honorsNodeTaints: false,
  };
}

/** A pod that keeps others of its app off its host. */
const apart = (name: string, cpu: number, uid = name) =>
  pod(uid, {
    labels: { app: name },
    podAntiAffinity: [
      {
        topologyKey: 'kubernetes.io/hostname',
        selector: { namespaces: ['default'], labels: [{ key: 'app', operator: 'In' as const, values: [name] }] },
      },
    ],
    requests: { cpu, memory: GI, pods: 1 },
  });

test('bound pods rather join a node that does not become dearer by it', () => {
  // By first fit the last one goes to the node with fewer pods, which then has to be large as well.
  const types = [sold('small', 4, 10), sold('large', 8, 30)];
  const provisioners = [provisioner('p', { instanceTypes: types })];
  const demand = [apart('big', 5000), apart('middle', 3500), apart('small', 1000), apart('smaller', 900)];
  const plan = solve(snapshot({ provisioners }), demand, OPTIONS);
  const upstreams = firstFit(snapshot({ provisioners }), demand, OPTIONS);
  expect([centsOf(plan), centsOf(upstreams)]).toEqual([40, 60]);
});

describe('bound pods that no node takes for nothing', () => {
  const types = [sold('small', 4, 10), sold('large', 8, 30)];
  const provisioners = [provisioner('p', { instanceTypes: types })];
  const demand = ['one', 'two'].flatMap((name) => ['a', 'b'].map((each) => apart(name, 3000, `${name}-${each}`)));

  test('get small nodes of their own where making others large costs more', () => {
    const plan = solve(snapshot({ provisioners }), demand, OPTIONS);
    expect(bought(plan)).toEqual(Array.from({ length: 4 }, () => ['small', 1]));
    expect(centsOf(firstFit(snapshot({ provisioners }), demand, OPTIONS))).toBe(60);
  });

  test('make others large where one more node costs more', () => {
    const plan = solve(snapshot({ provisioners }), demand, { ...OPTIONS, nodeCostNanoUsdPerHour: 15 * CENT });
    expect(bought(plan)).toEqual(Array.from({ length: 2 }, () => ['large', 2]));
  });
});
