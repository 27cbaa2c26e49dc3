// Program `pulumi-resource-eks`: a stand-in for Pulumi's EKS package, whose `eks.Cluster` is a component of some thirty resources. This one
// makes the two that the rest of the program depends on, and gives its outputs; inputs beyond those of the program are refused. It
// proves wiring, not clusters.
import aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { type ConstructResult, main, type Provider } from '@pulumi/pulumi/provider/index.js';

const INPUTS = [
  'authenticationMode',
  'createOidcProvider',
  'name',
  'skipDefaultNodeGroup',
  'skipDefaultSecurityGroups',
  'subnetIds',
  'tags',
  'version',
  'vpcId',
];

/** eks:index:Cluster. */
class Cluster extends pulumi.ComponentResource {
  readonly eksCluster: aws.eks.Cluster;
  readonly oidcProvider: aws.iam.OpenIdConnectProvider | undefined;
  readonly oidcIssuer: pulumi.Output<string>;

  constructor(name: string, inputs: pulumi.Inputs, options: pulumi.ComponentResourceOptions) {
    super('eks:index:Cluster', name, {}, options);
    this.eksCluster = new aws.eks.Cluster(
      `${name}-eksCluster`,
      {
        name: inputs.name,
        version: inputs.version,
        roleArn: 'arn:aws:iam::123456789012:role/made-by-the-eks-package',
        vpcConfig: { subnetIds: inputs.subnetIds },
        accessConfig: { authenticationMode: inputs.authenticationMode },
        tags: inputs.tags,
      },
      { parent: this },
    );
    this.oidcIssuer = this.eksCluster.identities.apply((identities) => identities[0]?.oidcs?.[0]?.issuer ?? '');
    this.oidcProvider = this.#oidcProvider(name, inputs);
    this.registerOutputs();
  }

  #oidcProvider(name: string, inputs: pulumi.Inputs): aws.iam.OpenIdConnectProvider | undefined {
    if (inputs.createOidcProvider !== true) return undefined;
    return new aws.iam.OpenIdConnectProvider(
      `${name}-oidcProvider`,
      { url: this.oidcIssuer, clientIdLists: ['sts.amazonaws.com'], tags: inputs.tags },
      { parent: this },
    );
  }
}

async function construct(
  name: string,
  type: string,
  inputs: pulumi.Inputs,
  options: pulumi.ComponentResourceOptions,
): Promise<ConstructResult> {
  if (type !== 'eks:index:Cluster') throw new Error(`${type} is not modelled here`);
  const unknown = Object.keys(inputs).filter((key) => !INPUTS.includes(key));
  if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: not modelled here`);
  const plain = await plainFlags(inputs);
  const cluster = new Cluster(name, plain, options);
  return {
    urn: cluster.urn,
    state: {
      eksCluster: cluster.eksCluster,
      clusterSecurityGroupId: cluster.eksCluster.vpcConfig.clusterSecurityGroupId,
      oidcIssuer: cluster.oidcIssuer,
      oidcProviderUrl: cluster.eksCluster.identities.apply((identities) => identities[0]?.oidcs?.[0]?.issuer ?? ''),
      oidcProviderArn: cluster.oidcProvider?.arn ?? '',
    },
  };
}

/** The engine hands inputs over as outputs; what decides which resources there are is known in every preview. */
async function plainFlags(inputs: pulumi.Inputs): Promise<pulumi.Inputs> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  pulumi.output(inputs.createOidcProvider).apply(resolve);
  return { ...inputs, createOidcProvider: await promise };
}

const PROVIDER: Provider = { version: '4.3.0', construct };
await main(PROVIDER, process.argv.slice(2));
