// Rules on the annotations that say what a Provisioner does about preferences of pods.
import { PREFERENCE_POLICY_ANNOTATION, UNMET_PREFERENCE_COST_ANNOTATION } from './names.ts';
import { type Problem, unless } from './problem.ts';

/** What a Provisioner may do about preferences; the first when it says nothing. */
export const PREFERENCE_POLICIES = ['respect', 'ignore', 'priced'] as const;

/** Six digits before the point and nine after it: in nano-dollars every such amount is an exact number. */
const USD = /^\d{1,6}(\.\d{1,9})?$/;
const NANO_DIGITS = 9;

/** Returns what is wrong with these annotations of a Provisioner, those of others aside. */
export function preferenceProblems(annotations: Readonly<Record<string, string>>): readonly Problem[] {
  const policy = annotations[PREFERENCE_POLICY_ANNOTATION] ?? 'respect';
  return [
    ...unless(
      PREFERENCE_POLICIES.some((known) => known === policy),
      pathOf(PREFERENCE_POLICY_ANNOTATION),
      `must be one of ${PREFERENCE_POLICIES.join(', ')}, is ${JSON.stringify(policy)}`,
    ),
    ...costProblems(policy, annotations[UNMET_PREFERENCE_COST_ANNOTATION]),
  ];
}

function costProblems(policy: string, cost: string | undefined): readonly Problem[] {
  const path = pathOf(UNMET_PREFERENCE_COST_ANNOTATION);
  if (cost === undefined) {
    return unless(policy !== 'priced', path, `is required with ${PREFERENCE_POLICY_ANNOTATION}: priced`);
  }
  if (policy === 'respect' || policy === 'ignore') {
    return [{ path, message: `goes with ${PREFERENCE_POLICY_ANNOTATION}: priced only, which here is ${policy}` }];
  }
  return unless(
    parseNanoUsd(cost) !== undefined,
    path,
    `must be USD per hour as a decimal number such as "0.02", with at most 9 decimals, is ${JSON.stringify(cost)}`,
  );
}

/** Returns the nano-dollars of an amount of USD as decimal text, exactly; undefined when it is none, or a million and more. */
export function parseNanoUsd(text: string): number | undefined {
  if (!USD.test(text)) return undefined;
  const [whole = '', fraction = ''] = text.split('.');
  return Number(whole + fraction.padEnd(NANO_DIGITS, '0'));
}

function pathOf(annotation: string): string {
  return `metadata.annotations[${annotation}]`;
}
