import {
  ARCH_LABEL,
  CAPACITY_TYPE_LABEL,
  HOSTNAME_LABEL,
  INSTANCE_TYPE_LABEL,
  OS_LABEL,
  PROVISIONER_NAME_LABEL,
  ZONE_LABEL,
} from '../../src/api/names.ts';
import type { OfferingRecord, ProvisionerManifest, TypeRecord } from '../problem/problem-file.ts';
import { admits, holds, type Labels, type NodeChoice, termsOf } from './matching.ts';

/** A node that could come of a launch. */
export interface Launch {
  readonly type: TypeRecord;
  readonly offering: OfferingRecord;
  readonly labels: Labels;
}

/** A value that no selector names. */
const UNNAMED_VALUE = 'a-value-that-nobody-names';

/**
 * The nodes of this type that the Provisioner may launch and that suit all the pods' choices, at most one for each available offering.
 * A label that several values would do for has one of those that suit the pods. `typeKeys` are the labels that any type has: a type
 * without one of them does not get it from a Provisioner.
 */
export function launchesOf(
  provisioner: ProvisionerManifest,
  type: TypeRecord,
  choices: readonly NodeChoice[],
  { nodeName, typeKeys }: { readonly nodeName: string; readonly typeKeys: ReadonlySet<string> },
): Launch[] {
  return type.offerings.flatMap((offering) => {
    if (offering.available === false) return [];
    const fixed: Labels = {
      ...type.labels,
      ...provisioner.spec.labels,
      [PROVISIONER_NAME_LABEL]: provisioner.metadata.name,
      [INSTANCE_TYPE_LABEL]: type.name,
      [ARCH_LABEL]: type.arch,
      [ZONE_LABEL]: offering.zone,
      [CAPACITY_TYPE_LABEL]: offering.capacityType,
      [HOSTNAME_LABEL]: nodeName,
    };
    const labels = suitableLabels(fixed, openValues(provisioner, type, fixed, choices, typeKeys), provisioner, choices);
    return labels === undefined ? [] : [{ type, offering, labels }];
  });
}

type OpenValues = readonly (readonly [key: string, values: readonly (string | undefined)[]])[];

/** Labels that the type leaves open: the system where it runs several, and keys that only the Provisioner asks for. */
function openValues(
  { spec }: ProvisionerManifest,
  type: TypeRecord,
  fixed: Labels,
  choices: readonly NodeChoice[],
  typeKeys: ReadonlySet<string>,
): OpenValues {
  const requirements = spec.requirements ?? [];
  const custom = new Set(
    requirements.map(({ key }) => key).filter((key) => key !== OS_LABEL && !(key in fixed) && !typeKeys.has(key)),
  );
  const named = (key: string): string[] => [
    ...requirements.filter((each) => each.key === key).flatMap(({ values = [] }) => values),
    ...choices.flatMap((choice) => namedValues(choice, key)),
  ];
  return [
    [OS_LABEL, type.os],
    ...[...custom].map((key) => [key, [...new Set([...named(key), UNNAMED_VALUE, undefined])]] as const),
  ];
}

function namedValues(choice: NodeChoice, key: string): string[] {
  const expressions = (termsOf(choice) ?? []).flatMap(({ matchExpressions = [] }) => matchExpressions);
  const selected = choice.nodeSelector?.[key];
  return [
    ...(selected === undefined ? [] : [selected]),
    ...expressions.filter((each) => each.key === key).flatMap(({ values = [] }) => values),
  ];
}

/** The first of all combinations of open values that suits the Provisioner and every choice. */
function suitableLabels(
  labels: Labels,
  [first, ...others]: OpenValues,
  provisioner: ProvisionerManifest,
  choices: readonly NodeChoice[],
): Labels | undefined {
  if (first === undefined) {
    const isMeant = (provisioner.spec.requirements ?? []).every((each) => holds(each, labels[each.key]));
    return isMeant && choices.every((choice) => admits(choice, labels)) ? labels : undefined;
  }
  const [key, values] = first;
  for (const value of values) {
    const found = suitableLabels(
      value === undefined ? labels : { ...labels, [key]: value },
      others,
      provisioner,
      choices,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
