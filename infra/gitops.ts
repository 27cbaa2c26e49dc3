import kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { SETTINGS_CONFIG_MAP } from '../controller/src/api/names.ts';
import type { InfraConfig } from './config.ts';
import { engineObjects } from './engine-objects.ts';
import type { KubernetesObject } from './plan/kubernetes-object.ts';
import { CONTROLLER } from './plan/names.ts';

interface HandOverArgs {
  readonly config: InfraConfig;
  readonly kubeconfig: pulumi.Input<string>;
  readonly clusterArn: string;
  readonly clusterEndpoint: pulumi.Input<string>;
  readonly instanceProfileName: pulumi.Input<string>;
  readonly interruptionQueueName: pulumi.Input<string> | undefined;
  readonly controllerRoleArn: pulumi.Output<string>;
  /** Absent: no engine shall apply anything. */
  readonly imageRef: pulumi.Output<string> | undefined;
  /** What must be there before an engine starts the controller. */
  readonly controllerNeeds: readonly pulumi.Resource[];
}

/**
 * The cluster holds what the manifests in git cannot know: the namespace, the settings ConfigMap, and what makes a GitOps engine follow
 * git. Everything else in the cluster belongs to git.
 */
export class HandOver extends pulumi.ComponentResource {
  /** `namespace/name`. */
  readonly settingsConfigMap: pulumi.Output<string>;
  /** Where the engine's objects are; absent without engine. */
  readonly engineNamespace: string | undefined;

  constructor(name: string, args: HandOverArgs, options?: pulumi.ComponentResourceOptions) {
    super('karpenter-gitops:infra:HandOver', name, {}, options);
    const { config, interruptionQueueName } = args;
    const provider = new kubernetes.Provider(
      name,
      {
        kubeconfig: args.kubeconfig,
        // The cluster's identity: without it a changed kubeconfig would replace the provider and all behind it.
        clusterIdentifier: args.clusterArn,
        // Else a changed setting deletes and creates the ConfigMap, and the controller sees none in between.
        enableConfigMapMutable: true,
      },
      { parent: this },
    );
    // A destroy asks the cluster for nothing here: the teardown, which comes first, has removed these, or has found the cluster gone.
    // The provider's own way, deleteUnreachable, would let a refresh forget what is there while the API does not answer.
    const inCluster = { parent: this, provider, deletedWith: this };
    const namespace = new kubernetes.core.v1.Namespace(name, { metadata: { name: CONTROLLER.namespace } }, inCluster);
    const settings = new kubernetes.core.v1.ConfigMap(
      name,
      {
        metadata: { name: SETTINGS_CONFIG_MAP, namespace: namespace.metadata.name },
        data: {
          ...config.settings,
          'aws.clusterName': config.cluster.name,
          'aws.clusterEndpoint': args.clusterEndpoint,
          'aws.defaultInstanceProfile': args.instanceProfileName,
          ...(interruptionQueueName === undefined ? {} : { 'aws.interruptionQueueName': interruptionQueueName }),
        },
      },
      inCluster,
    );
    const objects = args.imageRef === undefined ? [] : engineObjects(config, args.imageRef, args.controllerRoleArn);
    createInOrder(name, objects, { ...inCluster, dependsOn: [settings, ...args.controllerNeeds] });

    this.engineNamespace = objects[0]?.metadata.namespace;
    this.settingsConfigMap = pulumi.interpolate`${settings.metadata.namespace}/${settings.metadata.name}`;
    this.registerOutputs({ settingsConfigMap: this.settingsConfigMap });
  }
}

/** Each object after the one before it. */
function createInOrder(
  name: string,
  objects: readonly KubernetesObject[],
  options: pulumi.CustomResourceOptions & { readonly dependsOn: readonly pulumi.Resource[] },
): void {
  let previous: readonly pulumi.Resource[] = options.dependsOn;
  for (const { metadata, ...object } of objects) {
    const created = new kubernetes.apiextensions.CustomResource(
      `${name}-${object.kind}-${metadata.name}`,
      {
        ...object,
        // Whether a sync succeeds is the engine's to say; and when this stack goes the teardown has waited for these already.
        metadata: { ...metadata, annotations: { ...metadata.annotations, 'pulumi.com/skipAwait': 'true' } },
      },
      { ...options, dependsOn: [...previous] },
    );
    previous = [created];
  }
}
