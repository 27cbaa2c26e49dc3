import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import type { ServiceFace } from './service-face.ts';
import { jsonAnswer } from './wire-answer.ts';

const CLUSTER_PATH = /^\/clusters\/([^/]+)$/;

/** EKS in REST JSON: `GET /clusters/<name>` and `GET /clusters`. */
export const EKS_REST: ServiceFace = {
  actionOf: ({ path }) => (CLUSTER_PATH.test(path) ? 'DescribeCluster' : path === '/clusters' ? 'ListClusters' : ''),

  answer(model, { method, path }) {
    const { cluster } = model.state;
    if (method !== 'GET') throw new AwsError('MethodNotAllowedException', `${method} ${path} is not served here`, 405);
    if (path === '/clusters') return jsonAnswer(200, { clusters: [cluster.name] });
    const name = CLUSTER_PATH.exec(path)?.[1];
    if (name === undefined) throw new AwsError('UnknownOperationException', `${path} is not served here`, 404);
    if (decodeURIComponent(name) !== cluster.name) {
      throw new AwsError('ResourceNotFoundException', `No cluster found for name: ${decodeURIComponent(name)}.`, 404);
    }
    return jsonAnswer(200, { cluster: clusterShape(model) });
  },

  refusal: ({ code, message, httpStatus }) => ({
    ...jsonAnswer(httpStatus, { message }),
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
  }),
};

function clusterShape({ state }: CloudModel): object {
  const { cluster, region, accountId, vpcId, subnets, securityGroups } = state;
  return {
    name: cluster.name,
    arn: `arn:aws:eks:${region}:${accountId}:cluster/${cluster.name}`,
    version: cluster.version,
    status: 'ACTIVE',
    endpoint: cluster.endpoint,
    certificateAuthority: { data: cluster.certificateAuthority },
    kubernetesNetworkConfig: { serviceIpv4Cidr: cluster.serviceIpv4Cidr, ipFamily: 'ipv4' },
    resourcesVpcConfig: {
      vpcId,
      subnetIds: subnets.map(({ id }) => id),
      clusterSecurityGroupId: securityGroups[0]?.id,
      endpointPublicAccess: true,
      endpointPrivateAccess: true,
    },
    identity: { oidc: { issuer: `https://oidc.eks.${region}.amazonaws.com/id/SANDBOX` } },
    accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
    tags: {},
  };
}
