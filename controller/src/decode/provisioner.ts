import { defaultRequirements } from '../api/defaulting.ts';
import { PROVISIONER_NAME_LABEL } from '../api/names.ts';
import type { Provisioner } from '../api/provisioner.gen.ts';
import type { ProvisionerModel } from '../core/cluster-snapshot.ts';
import { intersectAll, isEmpty, requirementsOf } from '../core/requirements.ts';
import { readExpressions, readSelector } from './expressions.ts';
import { Field } from './field.ts';
import { readPreferenceRule } from './preference-rule.ts';
import { readResources } from './resources.ts';
import { readTaints } from './taints.ts';
import { attempt, fail, type Undecodable } from './undecodable.ts';

/** A Provisioner as far as its own object tells: what its template adds (instance types) and what it has bought (usage) is missing. */
type ProvisionerTemplate = Omit<ProvisionerModel, 'instanceTypes' | 'usage'>;

/** A Provisioner with all that our decisions ask of it. */
export interface DecodedProvisioner {
  readonly template: ProvisionerTemplate;
  readonly ttlSecondsAfterEmpty?: number;
  readonly ttlSecondsUntilExpired?: number;
  readonly consolidationEnabled: boolean;
  readonly deletionAtMs?: number;
}

/**
 * Returns what our decisions need of a Provisioner, defaults applied, or the field that cannot be read. Validation says more and
 * says it better; this refuses only what cannot be computed with, such as requirements that contradict each other or the labels.
 */
export function decodeProvisioner(object: Provisioner): DecodedProvisioner | Undecodable {
  return attempt(() => {
    const metadata = new Field('metadata', object.metadata);
    const spec = new Field('spec', object.spec ?? {});
    const afterEmpty = spec.at('ttlSecondsAfterEmpty').optionalInteger();
    const untilExpired = spec.at('ttlSecondsUntilExpired').optionalInteger();
    const deletionAtMs = metadata.at('deletionTimestamp').optionalTimeMs();
    return {
      template: readTemplate(object, metadata.at('name').text(), spec),
      ...(afterEmpty === undefined ? {} : { ttlSecondsAfterEmpty: afterEmpty }),
      ...(untilExpired === undefined ? {} : { ttlSecondsUntilExpired: untilExpired }),
      consolidationEnabled: spec.at('consolidation').at('enabled').flag(),
      ...(deletionAtMs === undefined ? {} : { deletionAtMs }),
    };
  });
}

function readTemplate(object: Provisioner, name: string, spec: Field): ProvisionerTemplate {
  const limits = spec.at('limits').at('resources');
  const named = Object.fromEntries(limits.entries().map(([resource]) => [resource, 0]));
  return {
    name,
    weight: spec.at('weight').integer(0),
    labels: { ...spec.at('labels').textMap(), [PROVISIONER_NAME_LABEL]: name },
    taints: readTaints(spec.at('taints')),
    startupTaints: readTaints(spec.at('startupTaints')),
    requirements: readRequirements(object, name, spec),
    preferences: readPreferenceRule(new Field('metadata', object.metadata).at('annotations')),
    // A limit of 0 forbids; only a resource that is not named is free. What does not fit the limit exactly must not exceed it.
    ...(limits.isAbsent ? {} : { limits: { ...named, ...readResources(limits, 'down') } }),
  };
}

function readRequirements(object: Provisioner, name: string, spec: Field): ProvisionerTemplate['requirements'] {
  const labels = { ...readSelector(spec.at('labels')), [PROVISIONER_NAME_LABEL]: name };
  const fromLabels = Object.entries(labels).map(([key, value]) => ({ key, operator: 'In', values: [value] }) as const);
  // Shapes first: defaulting expects them.
  readExpressions(spec.at('requirements'));
  const defaulted = new Field('spec.requirements', defaultRequirements(object.spec ?? {}));
  const requirements = intersectAll(requirementsOf(readExpressions(defaulted)), requirementsOf(fromLabels));
  for (const [key, requirement] of requirements) {
    if (isEmpty(requirement)) fail('spec.requirements', `requirements and labels contradict each other on ${key}`);
  }
  return requirements;
}
