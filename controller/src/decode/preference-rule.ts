import { PREFERENCE_POLICY_ANNOTATION, UNMET_PREFERENCE_COST_ANNOTATION } from '../api/names.ts';
import { PREFERENCE_POLICIES, parseNanoUsd, preferenceProblems } from '../api/validate-preferences.ts';
import type { PreferenceRule } from '../core/cluster-snapshot.ts';
import type { Field } from './field.ts';
import { fail } from './undecodable.ts';

/** What a Provisioner with these annotations does about preferences, inside an `attempt`. */
export function readPreferenceRule(annotations: Field): PreferenceRule {
  const [problem] = preferenceProblems(annotations.textMap());
  if (problem !== undefined) fail(problem.path, problem.message);
  const policy = annotations.at(PREFERENCE_POLICY_ANNOTATION).oneOf(PREFERENCE_POLICIES, 'respect');
  if (policy !== 'priced') return { policy };
  // Found right above.
  return { policy, nanoUsdPerHour: parseNanoUsd(annotations.at(UNMET_PREFERENCE_COST_ANNOTATION).text()) as number };
}
