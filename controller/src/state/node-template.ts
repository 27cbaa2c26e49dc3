import type { AWSNodeTemplate, AWSNodeTemplateSpec } from '../api/aws-node-template.gen.ts';
import { clusterTag } from '../api/names.ts';
import type { Provisioner } from '../api/provisioner.gen.ts';
import type { NodeTemplate } from '../ports/cloud.ts';

/** What the settings lend to templates that do not say it themselves. */
export interface TemplateDefaults {
  readonly clusterName: string;
  /** Empty: none, and a template without a profile cannot launch. */
  readonly defaultInstanceProfile: string;
}

/**
 * The node template a Provisioner means: its AWSNodeTemplate, or its inline `spec.provider`, which may hold as little as
 * nothing; undefined when the AWSNodeTemplate it names does not exist. Discovery by the tag `kubernetes.io/cluster/<name>` and
 * the settings' instance profile fill in what an inline provider leaves out, as v0.4.3 did; an AWSNodeTemplate states its selectors.
 */
export function nodeTemplateOf(
  provisioner: Provisioner,
  templates: ReadonlyMap<string, AWSNodeTemplate>,
  defaults: TemplateDefaults,
): NodeTemplate | undefined {
  const { provider, providerRef } = provisioner.spec ?? {};
  if (providerRef !== undefined) {
    const template = templates.get(providerRef.name);
    if (template === undefined || template.metadata.deletionTimestamp !== undefined) return undefined;
    return withDefaultProfile(template, defaults);
  }
  const discovery = { [clusterTag(defaults.clusterName)]: '*' };
  const inline = (provider ?? {}) as Partial<AWSNodeTemplateSpec>;
  const securityGroups = inline.launchTemplate === undefined ? { securityGroupSelector: discovery } : {};
  return {
    spec: { ...profileOf(defaults), subnetSelector: discovery, ...securityGroups, ...inline } as AWSNodeTemplateSpec,
    source: `inline/${provisioner.metadata.name}`,
  };
}

/** An AWSNodeTemplate as node template: the settings lend it their instance profile, nothing else. */
export function withDefaultProfile({ metadata, spec }: AWSNodeTemplate, defaults: TemplateDefaults): NodeTemplate {
  return { spec: { ...profileOf(defaults), ...spec } as AWSNodeTemplateSpec, source: `template/${metadata.name}` };
}

function profileOf({ defaultInstanceProfile }: TemplateDefaults): Pick<AWSNodeTemplateSpec, 'instanceProfile'> {
  return defaultInstanceProfile === '' ? {} : { instanceProfile: defaultInstanceProfile };
}
