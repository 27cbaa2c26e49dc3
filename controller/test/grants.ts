/** A rule of a ClusterRole or Role, as far as it is about resources. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** One verb on one resource: the smallest thing that a role can give or keep. */
export interface Grant {
  readonly verb: string;
  /** `resource[.group][/subresource]`, as `kubectl auth can-i` takes it. */
  readonly on: string;
  /** The only objects that it is for; all of them when absent. */
  readonly names?: readonly string[];
}

/** All that a rule gives, one by one. */
export function grantsOf({ apiGroups, resources, resourceNames, verbs }: Rule): readonly Grant[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => ({
        verb,
        on: resourceIn(group, resource),
        ...(resourceNames === undefined ? {} : { names: resourceNames }),
      })),
    ),
  );
}

/** As a person reads it: the verb, what it is for, and in brackets the only objects. */
export function describeGrant({ verb, on, names }: Grant): string {
  return `${verb} ${on}${names === undefined ? '' : ` [${names.join(', ')}]`}`;
}

function resourceIn(group: string, resource: string): string {
  const [plural, subresource] = resource.split('/');
  return `${plural}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
}
