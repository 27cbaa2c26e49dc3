/** How nodes get into the cluster, as configured. `auto`: by an access entry where the cluster knows them, else by aws-auth. */
export const NODE_ACCESS_MODES = ['auto', 'accessEntry', 'awsAuth', 'none'] as const;
export type NodeAccessMode = (typeof NODE_ACCESS_MODES)[number];

/** What the cluster asks who wants in: EKS's API, the ConfigMap aws-auth, or both. */
export type AuthenticationMode = 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP';

/** What this program does about it. */
export type NodeAccess = Exclude<NodeAccessMode, 'auto'>;

/** `problem` says why nothing can be done, and what to do; its path is as in the configuration. */
export type NodeAccessPlan =
  | { readonly kind: NodeAccess }
  | { readonly kind: 'problem'; readonly path: string; readonly message: string };

/** Decides by what the cluster allows. Nodes that cannot join cost money and do nothing, so a doubt is a problem before anything is made. */
export function planNodeAccess(options: {
  readonly mode: NodeAccessMode;
  /** Whether Windows nodes shall join too. They have a role, and so an access entry, of their own. */
  readonly windows: boolean;
  readonly clusterName: string;
  readonly authenticationMode: AuthenticationMode;
}): NodeAccessPlan {
  const { mode, windows, clusterName, authenticationMode } = options;
  if (mode === 'none') return { kind: 'none' };
  const hasAccessEntries = authenticationMode !== 'CONFIG_MAP';
  const kind = mode === 'auto' ? (hasAccessEntries ? 'accessEntry' : 'awsAuth') : mode;
  if (kind === 'accessEntry' && !hasAccessEntries) {
    const why = `cluster ${clusterName} has no access entries (its authentication mode is CONFIG_MAP)`;
    const ways = `set it to auto or awsAuth, or ${switchingMode(clusterName)}`;
    return { kind: 'problem', path: 'nodeAccess.mode', message: `${why}: ${ways}` };
  }
  if (kind === 'awsAuth' && authenticationMode === 'API') {
    const why = `cluster ${clusterName} does not read aws-auth (its authentication mode is API)`;
    return { kind: 'problem', path: 'nodeAccess.mode', message: `${why}: set it to auto or accessEntry` };
  }
  if (kind === 'awsAuth' && windows) {
    const why = `needs access entries, which cluster ${clusterName} does not have (its authentication mode is CONFIG_MAP)`;
    return { kind: 'problem', path: 'nodeAccess.windows', message: `${why}: ${switchingMode(clusterName)}` };
  }
  return { kind };
}

function switchingMode(clusterName: string): string {
  const command = `aws eks update-cluster-config --name ${clusterName} --access-config authenticationMode=API_AND_CONFIG_MAP`;
  return `let it have both by \`${command}\` (there is no way back; aws-auth stays in force)`;
}
