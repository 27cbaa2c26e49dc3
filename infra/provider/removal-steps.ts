import {
  AWS_GROUP,
  AWS_VERSION,
  KARPENTER_GROUP,
  KARPENTER_VERSION,
  PART_OF_LABEL,
  PART_OF_VALUE,
  PROVISIONER_NAME_LABEL,
  TERMINATION_FINALIZER,
} from '../../controller/src/api/names.ts';
import { CONTROLLER } from '../plan/names.ts';

/** Who syncs the manifests into the cluster, and the namespace that its objects are in. */
export interface Gitops {
  readonly engine: 'argocd' | 'flux' | 'none';
  readonly namespace: string;
}

/** Objects of one kind: the named one, or all that the selector matches. */
export interface Target {
  /** As in `Provisioner`, for people. */
  readonly kind: string;
  /** The API path of the collection. */
  readonly collection: string;
  readonly name?: string;
  readonly labelSelector?: string;
  /** Beginnings of the finalizers that may be taken off when their owner does not act in time. */
  readonly finalizers: readonly string[];
}

/** Removes `remove`, then waits until nothing of `gone` is left: as long as nodes may drain, or as long as a removal should take. */
export interface RemovalStep {
  readonly remove: readonly Target[];
  readonly gone: readonly Target[];
  readonly limit: 'drain' | 'settle';
}

export const ARGOCD_FINALIZER = 'resources-finalizer.argocd.argoproj.io';
const FLUX_FINALIZER = 'finalizers.fluxcd.io';

const ofKarpenter = (plural: string) => `/apis/${KARPENTER_GROUP}/${KARPENTER_VERSION}/${plural}`;
const ours = { labelSelector: `${PART_OF_LABEL}=${PART_OF_VALUE}`, finalizers: [] };

const PROVISIONERS: Target = {
  kind: 'Provisioner',
  collection: ofKarpenter('provisioners'),
  finalizers: [TERMINATION_FINALIZER],
};
const MACHINES: Target = {
  kind: 'Machine',
  collection: ofKarpenter('machines'),
  finalizers: [TERMINATION_FINALIZER],
};
const NODES: Target = {
  kind: 'Node',
  collection: '/api/v1/nodes',
  labelSelector: PROVISIONER_NAME_LABEL,
  finalizers: [TERMINATION_FINALIZER],
};

/** What the manifests bring, besides Provisioners. */
const CONTROLLER_OBJECTS: readonly Target[] = [
  { kind: 'Deployment', collection: '/apis/apps/v1/deployments', ...ours },
  { kind: 'PodDisruptionBudget', collection: '/apis/policy/v1/poddisruptionbudgets', ...ours },
  { kind: 'Service', collection: '/api/v1/services', ...ours },
  { kind: 'ServiceAccount', collection: '/api/v1/serviceaccounts', ...ours },
  { kind: 'RoleBinding', collection: '/apis/rbac.authorization.k8s.io/v1/rolebindings', ...ours },
  { kind: 'Role', collection: '/apis/rbac.authorization.k8s.io/v1/roles', ...ours },
  { kind: 'ClusterRoleBinding', collection: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', ...ours },
  { kind: 'ClusterRole', collection: '/apis/rbac.authorization.k8s.io/v1/clusterroles', ...ours },
  {
    kind: 'AWSNodeTemplate',
    collection: `/apis/${AWS_GROUP}/${AWS_VERSION}/awsnodetemplates`,
    ...ours,
    finalizers: [TERMINATION_FINALIZER],
  },
];
const DEFINITIONS: Target = {
  kind: 'CustomResourceDefinition',
  collection: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  ...ours,
};

/** Goes with the settings in it, which have paused the launches until now. */
const NAMESPACE: Target = {
  kind: 'Namespace',
  collection: '/api/v1/namespaces',
  name: CONTROLLER.namespace,
  finalizers: [],
};

const application = ({ namespace }: Gitops): Target => ({
  kind: 'Application',
  collection: `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications`,
  name: 'karpenter',
  finalizers: [ARGOCD_FINALIZER],
});
const kustomization = ({ namespace }: Gitops, name: string): Target => ({
  kind: 'Kustomization',
  collection: `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/${namespace}/kustomizations`,
  name,
  finalizers: [FLUX_FINALIZER],
});
const gitRepository = ({ namespace }: Gitops): Target => ({
  kind: 'GitRepository',
  collection: `/apis/source.toolkit.fluxcd.io/v1/namespaces/${namespace}/gitrepositories`,
  name: 'karpenter-gitops',
  finalizers: [FLUX_FINALIZER],
});

/**
 * What leaves the cluster, in order. Provisioners and their nodes always first, while the controller is there to drain them; whoever
 * syncs them is told at the same moment, so that nobody brings them back. What the engine leaves behind (Argo CD never deletes a
 * CustomResourceDefinition, a suspended Kustomization deletes nothing) goes after that.
 */
export function removalSteps(gitops: Gitops): readonly RemovalStep[] {
  return [
    ...engineSteps(gitops),
    removing(CONTROLLER_OBJECTS),
    removing([DEFINITIONS]),
    // What Pulumi itself has made, at last: after this a destroy asks the cluster for nothing more.
    ...(gitops.engine === 'flux' ? [removing([gitRepository(gitops)])] : []),
    removing([NAMESPACE]),
  ];
}

function engineSteps(gitops: Gitops): readonly RemovalStep[] {
  const drainAfter = (...syncers: Target[]): RemovalStep => ({
    remove: [...syncers, PROVISIONERS],
    gone: [PROVISIONERS, MACHINES, NODES],
    limit: 'drain',
  });
  switch (gitops.engine) {
    case 'argocd':
      return [drainAfter(application(gitops)), { remove: [], gone: [application(gitops)], limit: 'settle' }];
    case 'flux': {
      const [provisioners, ...others] = ['karpenter-provisioners', 'karpenter-controller', 'karpenter-crds'].map(
        (name) => kustomization(gitops, name),
      ) as [Target, ...Target[]];
      return [drainAfter(provisioners), ...[provisioners, ...others].map((target) => removing([target]))];
    }
    case 'none':
      return [drainAfter()];
  }
}

function removing(targets: readonly Target[]): RemovalStep {
  return { remove: targets, gone: targets, limit: 'settle' };
}
