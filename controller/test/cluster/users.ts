import { randomBytes } from 'node:crypto';

/** Who may call the API server from outside, each known by a token. RBAC's own bootstrap roles are bound to these names. */
const USERS = {
  admin: { name: 'admin', group: 'system:masters' },
  controllerManager: { name: 'system:kube-controller-manager', group: '' },
  scheduler: { name: 'system:kube-scheduler', group: '' },
  // Plays the kubelets of all nodes, so one kubelet's rights would not do.
  kwok: { name: 'kwok', group: 'system:masters' },
} as const;

export type UserTokens = Readonly<Record<keyof typeof USERS, string>>;

/** A fresh token for each user, and the file that tells the API server of them. */
export function createUsers(): { readonly tokens: UserTokens; readonly tokenFile: string } {
  const keys = Object.keys(USERS) as (keyof typeof USERS)[];
  const tokens = Object.fromEntries(keys.map((key) => [key, randomBytes(16).toString('hex')])) as UserTokens;
  const lines = keys.map((key) => `${tokens[key]},${USERS[key].name},${USERS[key].name},"${USERS[key].group}"\n`);
  return { tokens, tokenFile: lines.join('') };
}
