/** How nodes get into the cluster, as configured. `auto`: by an access entry where the cluster knows them. */
export const NODE_ACCESS_MODES = ['auto', 'accessEntry', 'awsAuth', 'none'] as const;
export type NodeAccessMode = (typeof NODE_ACCESS_MODES)[number];

/** What the cluster asks who wants in: EKS's API, the ConfigMap aws-auth, or both. */
export type AuthenticationMode = 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP';

/** What this program does about it; `problem` says why it cannot, and what to do. */
export type NodeAccessPlan =
  | { readonly kind: 'accessEntry' | 'none' }
  | { readonly kind: 'problem'; readonly message: string };

/** Decides by what the cluster allows. Nodes that cannot join cost money and do nothing, so a doubt is a problem before anything is made. */
export function planNodeAccess(options: {
  readonly mode: NodeAccessMode;
  readonly clusterName: string;
  readonly authenticationMode: AuthenticationMode;
}): NodeAccessPlan {
  const { mode, clusterName, authenticationMode } = options;
  if (mode === 'none') return { kind: 'none' };
  const hasAccessEntries = authenticationMode !== 'CONFIG_MAP';
  if (mode !== 'awsAuth' && hasAccessEntries) return { kind: 'accessEntry' };
  if (authenticationMode === 'API') {
    const why = `cluster ${clusterName} does not read aws-auth (its authentication mode is API)`;
    return { kind: 'problem', message: `${why}: set nodeAccess.mode to auto or accessEntry` };
  }
  const why = hasAccessEntries
    ? 'this program does not write aws-auth'
    : `cluster ${clusterName} has no access entries (its authentication mode is CONFIG_MAP)`;
  const ways = [
    ...(hasAccessEntries ? ['set nodeAccess.mode to auto'] : [switchingMode(clusterName)]),
    `or set nodeAccess.mode to none and map the node role by hand, as \`nextSteps\` then says`,
  ];
  return { kind: 'problem', message: `${why}: ${ways.join(', ')}` };
}

function switchingMode(clusterName: string): string {
  const command = `aws eks update-cluster-config --name ${clusterName} --access-config authenticationMode=API_AND_CONFIG_MAP`;
  return `let it have both by \`${command}\` (there is no way back; aws-auth stays in force)`;
}
