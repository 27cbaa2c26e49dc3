import type { ControlPlane } from '../../cluster/control-plane.ts';

/** Kinds that a stack makes objects of, beside those of a GitOps engine. */
const KINDS = ['namespaces', 'configmaps'];

interface Listed {
  readonly items: readonly {
    readonly kind: string;
    readonly metadata: { readonly namespace?: string; readonly name: string; readonly labels?: object };
    readonly data?: object;
    readonly spec?: object;
  }[];
}

/** All objects of these kinds and of `customKinds`, with what their owners wrote into them, sorted: equal means untouched. */
export async function inventoryOfCluster(
  { kubectl }: ControlPlane,
  customKinds: readonly string[] = [],
): Promise<readonly string[]> {
  const { items } = JSON.parse(
    await kubectl('get', [...KINDS, ...customKinds].join(','), '--all-namespaces', '-o', 'json'),
  ) as Listed;
  return items
    .map(({ kind, metadata: { namespace = '', name, labels }, data, spec }) =>
      JSON.stringify([kind, namespace, name, labels, data, spec]),
    )
    .sort();
}
