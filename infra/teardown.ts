import * as pulumi from '@pulumi/pulumi';

interface TeardownArgs {
  /** Of an administrator of the cluster. */
  readonly kubeconfig: pulumi.Input<string>;
  readonly clusterName: pulumi.Input<string>;
  readonly region: pulumi.Input<string>;
  /** Who syncs the manifests, and the namespace of its objects. */
  readonly gitops: pulumi.Input<{
    readonly engine: pulumi.Input<'argocd' | 'flux' | 'none'>;
    readonly namespace: pulumi.Input<string>;
  }>;
  /** How long nodes may drain before they are removed by force. */
  readonly drainLimitSeconds: pulumi.Input<number>;
}

/**
 * `pulumi destroy` leaves nothing: when this is deleted, launches pause, what git has brought goes and its nodes drain, and what is
 * left of them in EC2 is swept. It must depend on everything that is needed for that (settings, Application or Kustomizations, the
 * controller's role and policy), so that it is the first to go.
 */
export class Teardown extends pulumi.CustomResource {
  constructor(name: string, args: TeardownArgs, options?: pulumi.CustomResourceOptions) {
    super('karpenter-cluster:index:Teardown', name, { ...args }, options);
  }
}
