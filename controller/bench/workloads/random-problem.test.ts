import { describe, expect, test } from '@jest/globals';
import { CONSTRAINT_KINDS, type ConstraintKind } from './random-constraints.ts';
import { randomProblem } from './random-problem.ts';

const PROBLEMS = 60;

/** What stands in problems of a kind and in no other; kinds that say how others are done stand beside those. */
const SIGNS: readonly (readonly [kind: ConstraintKind, with_: readonly ConstraintKind[], ...signs: string[]])[] = [
  ['requests', [], 'initContainers', 'overhead":{"cpu":"100m', '"restartPolicy":"Always"', '"warm-up"'],
  ['young-nodes', ['nodes'], 'startupTaints', 'node.kubernetes.io/not-ready'],
  ['spread-policies', ['spread'], 'matchLabelKeys', 'nodeAffinityPolicy', 'nodeTaintsPolicy'],
  ['namespaces', ['affinity'], '"namespaces":["other"]', '"namespace":"other"'],
  ['custom-domains', ['affinity', 'spread'], '"topologyKey":"example.com/rack"', '"labels":{"example.com/rack"'],
  ['preferences', [], 'preferredDuringScheduling', 'ScheduleAnyway', 'PreferNoSchedule'],
  ['limits', [], '"limits":{"resources":{"cpu":"2'],
  ['custom-absence', ['selectors'], '{"key":"team","operator":"NotIn"'],
];

describe('random problems', () => {
  const textOf = (kinds: readonly ConstraintKind[]): string =>
    JSON.stringify(Array.from({ length: PROBLEMS }, (_, seed) => randomProblem(seed, new Set(kinds))));
  const others = (kind: ConstraintKind) => CONSTRAINT_KINDS.filter((each) => each !== kind);

  test.each(SIGNS)('hold %s when asked for, and only then', (kind, beside, ...signs) => {
    const [asked, unasked] = [textOf([kind, ...beside]), textOf(others(kind))];
    expect(signs.filter((sign) => !asked.includes(sign))).toEqual([]);
    expect(signs.filter((sign) => unasked.includes(sign))).toEqual([]);
  });

  test('keep what a kind does not touch', () => {
    const [plain, more] = [
      randomProblem(3, new Set()),
      randomProblem(3, new Set<ConstraintKind>(['requests', 'spread'])),
    ];
    expect(more.instanceTypes).toEqual(plain.instanceTypes);
    expect(more.provisioners).toEqual(plain.provisioners);
    expect(more.pods?.map(({ metadata }) => metadata)).toEqual(plain.pods?.map(({ metadata }) => metadata));
  });
});
