import type { Problem } from './config-reader.ts';
import type { TableConfig } from './config-table.ts';

/** EKS wants its control plane in two zones, so in two subnets. */
const CLUSTER_SUBNETS_MIN = 2;

/**
 * What each option says is fine by itself, and this is where two of them do not go together. A value that would have no effect is
 * a problem too: who wrote it believes that it has one.
 */
export function contradictions(config: TableConfig): readonly Problem[] {
  return [
    ...clusterRules(config),
    ...nodeAccessRules(config),
    ...controllerRoleRules(config),
    ...imageRules(config),
    ...gitopsRules(config),
  ];
}

function clusterRules({ cluster }: TableConfig): readonly Problem[] {
  if (cluster.mode === 'create') {
    return problems([
      [
        cluster.subnetIds.length < CLUSTER_SUBNETS_MIN,
        'cluster.subnetIds',
        `must list at least ${CLUSTER_SUBNETS_MIN} when cluster.mode is create`,
      ],
    ]);
  }
  return problems([
    [cluster.version !== undefined, 'cluster.version', 'has no effect unless cluster.mode is create'],
    [cluster.subnetIds.length > 0, 'cluster.subnetIds', 'has no effect unless cluster.mode is create'],
  ]);
}

function nodeAccessRules({ nodeAccess: { mode, windows } }: TableConfig): readonly Problem[] {
  const hasNone = windows && (mode === 'awsAuth' || mode === 'none');
  return problems([[hasNone, 'nodeAccess.windows', `needs access entries, which nodeAccess.mode ${mode} rules out`]]);
}

function controllerRoleRules({ cluster, controllerRole }: TableConfig): readonly Problem[] {
  const { identity, oidcProvider } = controllerRole;
  if (oidcProvider === 'create') return [];
  const path = 'controllerRole.oidcProvider';
  return problems([
    [identity === 'podIdentity', path, 'has no effect unless controllerRole.identity is irsa'],
    [
      identity === 'irsa' && cluster.mode === 'create',
      path,
      'must be create when cluster.mode is create: no provider can be there before the cluster',
    ],
  ]);
}

function imageRules({ image: { mode, ref, baseImage } }: TableConfig): readonly Problem[] {
  return problems([
    [mode === 'existing' && ref === undefined, 'image.ref', 'is required when image.mode is existing'],
    [mode !== 'existing' && ref !== undefined, 'image.ref', 'has no effect unless image.mode is existing'],
    [mode === 'build' && baseImage === undefined, 'image.baseImage', 'is required when image.mode is build'],
    [mode !== 'build' && baseImage !== undefined, 'image.baseImage', 'has no effect unless image.mode is build'],
  ]);
}

function gitopsRules({ gitops, image }: TableConfig): readonly Problem[] {
  const { engine, repositoryUrl, secretName, namespace } = gitops;
  if (engine === 'none') {
    return problems([
      [repositoryUrl !== undefined, 'gitops.repositoryUrl', 'has no effect while gitops.engine is none'],
      [secretName !== undefined, 'gitops.secretName', 'has no effect while gitops.engine is none'],
      [namespace !== undefined, 'gitops.namespace', 'has no effect while gitops.engine is none'],
    ]);
  }
  return problems([
    [repositoryUrl === undefined, 'gitops.repositoryUrl', `is required when gitops.engine is ${engine}`],
    [secretName !== undefined && engine !== 'flux', 'gitops.secretName', 'has no effect unless gitops.engine is flux'],
    [image.mode === 'none', 'image.mode', `must be existing or build when gitops.engine is ${engine}`],
  ]);
}

function problems(checks: readonly (readonly [isWrong: boolean, path: string, message: string])[]): readonly Problem[] {
  return checks.filter(([isWrong]) => isWrong).map(([, path, message]) => ({ path, message }));
}
