import kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { SETTINGS_CONFIG_MAP } from '../controller/src/api/names.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import type { InfraConfig } from './config.ts';
import { execKubeconfig } from './plan/kubeconfig.ts';
import { CONTROLLER } from './plan/names.ts';

interface HandOverArgs {
  readonly config: InfraConfig;
  readonly facts: ClusterFacts;
  readonly instanceProfileName: pulumi.Input<string>;
  readonly interruptionQueueName: pulumi.Input<string> | undefined;
}

/**
 * The cluster holds what the manifests in git cannot know: the namespace and the settings ConfigMap. Everything else in the
 * cluster belongs to git.
 */
export class HandOver extends pulumi.ComponentResource {
  /** `namespace/name`. */
  readonly settingsConfigMap: pulumi.Output<string>;

  constructor(
    name: string,
    { config, facts, instanceProfileName, interruptionQueueName }: HandOverArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('karpenter-gitops:infra:HandOver', name, {}, options);
    const provider = new kubernetes.Provider(
      name,
      {
        kubeconfig: execKubeconfig({ ...facts, clusterName: config.cluster.name }),
        // The cluster's identity: without it a changed kubeconfig would replace the provider and all behind it.
        clusterIdentifier: facts.arn,
        // Else a changed setting deletes and creates the ConfigMap, and the controller sees none in between.
        enableConfigMapMutable: true,
      },
      { parent: this },
    );
    const inCluster = { parent: this, provider };
    const namespace = new kubernetes.core.v1.Namespace(name, { metadata: { name: CONTROLLER.namespace } }, inCluster);
    const settings = new kubernetes.core.v1.ConfigMap(
      name,
      {
        metadata: { name: SETTINGS_CONFIG_MAP, namespace: namespace.metadata.name },
        data: {
          ...config.settings,
          'aws.clusterName': config.cluster.name,
          'aws.clusterEndpoint': facts.endpoint,
          'aws.defaultInstanceProfile': instanceProfileName,
          ...(interruptionQueueName === undefined ? {} : { 'aws.interruptionQueueName': interruptionQueueName }),
        },
      },
      inCluster,
    );
    this.settingsConfigMap = pulumi.interpolate`${settings.metadata.namespace}/${settings.metadata.name}`;
    this.registerOutputs({ settingsConfigMap: this.settingsConfigMap });
  }
}
