/** A schema in a definition, as loose as upstream's were before there were rules in them. */
const object = (properties: Readonly<Record<string, unknown>>) => ({ type: 'object', properties });
const list = (items: unknown) => ({ type: 'array', items });
const map = { type: 'object', additionalProperties: { type: 'string' } };
const text = { type: 'string' };
const whole = { type: 'integer', format: 'int64' };
const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const TAINT = object({ key: text, value: text, effect: text });
const REQUIREMENT = object({ key: text, operator: text, values: list(text) });
const CONDITION = object({ type: text, status: text, reason: text, message: text, lastTransitionTime: text });

/**
 * Definitions as an older release had them: fewer fields, types without bounds, and no rule. Group, kinds, versions and scope are those of
 * today, so what they let in is still there when today's come over them.
 */
export const OLDER_DEFINITIONS = [
  definition('karpenter.sh', 'v1alpha5', 'Provisioner', {
    spec: object({
      provider: anything,
      labels: map,
      taints: list(TAINT),
      requirements: list(REQUIREMENT),
      limits: object({ resources: map }),
      ttlSecondsAfterEmpty: whole,
      ttlSecondsUntilExpired: whole,
    }),
    status: object({ resources: map, conditions: list(CONDITION) }),
  }),
  definition('karpenter.sh', 'v1alpha5', 'Machine', {
    spec: object({ taints: list(TAINT), requirements: list(REQUIREMENT) }),
    status: object({ nodeName: text, providerID: text, conditions: list(CONDITION) }),
  }),
  definition('karpenter.k8s.aws', 'v1alpha1', 'AWSNodeTemplate', {
    spec: object({ amiFamily: text, subnetSelector: map, securityGroupSelector: map, tags: map }),
    status: object({ subnets: list(object({ id: text, zone: text })) }),
  }),
];

function definition(group: string, version: string, kind: string, properties: Readonly<Record<string, unknown>>) {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Cluster',
      names: { kind, listKind: `${kind}List`, plural, singular },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: object(properties) },
        },
      ],
    },
  };
}
