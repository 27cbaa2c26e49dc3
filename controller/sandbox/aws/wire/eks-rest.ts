import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { EKS_ACCESS_ROUTES } from './eks-access-routes.ts';
import { type EksRoute, requireCluster } from './eks-route.ts';
import { EKS_TAG_ROUTES } from './eks-tag-routes.ts';
import { parseJsonObject } from './json-input.ts';
import type { ServiceFace } from './service-face.ts';
import { jsonAnswer, type WireRequest } from './wire-answer.ts';

const ROUTES: readonly EksRoute[] = [
  {
    action: 'ListClusters',
    method: 'GET',
    path: ['clusters'],
    answer: ({ state }) => ({ clusters: [state.cluster.name] }),
  },
  {
    action: 'DescribeCluster',
    method: 'GET',
    path: ['clusters', ':name'],
    answer: (model, { params }) => {
      requireCluster(model, params.name);
      return { cluster: clusterShape(model) };
    },
  },
  ...EKS_ACCESS_ROUTES,
  ...EKS_TAG_ROUTES,
];

/** EKS in REST JSON: method and path say what is asked. */
export const EKS_REST: ServiceFace = {
  actionOf: (request) => routeOf(request)?.route.action ?? '',

  answer(model, request) {
    const found = routeOf(request);
    if (found === undefined) {
      throw new AwsError('UnknownOperationException', `${request.method} ${request.path} is not served here`, 404);
    }
    const { route, params } = found;
    const input = parseJsonObject(request.body);
    return jsonAnswer(200, route.answer(model, { params, input, query: request.query }));
  },

  refusal: ({ code, message, httpStatus }) => ({
    ...jsonAnswer(httpStatus, { message }),
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
  }),
};

/** The route of a request, with the decoded parts of the path that stand where it has parameters. */
function routeOf({ method, path }: WireRequest): { route: EksRoute; params: Record<string, string> } | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  const route = ROUTES.find(
    (candidate) =>
      candidate.method === method &&
      candidate.path.length === parts.length &&
      candidate.path.every((part, index) => part.startsWith(':') || part === parts[index]),
  );
  if (route === undefined) return undefined;
  const params = route.path.flatMap((part, index) =>
    part.startsWith(':') ? [[part.slice(1), decodeURIComponent(parts[index] ?? '')] as const] : [],
  );
  return { route, params: Object.fromEntries(params) };
}

function clusterShape({ state }: CloudModel): object {
  const { cluster, region, accountId, vpcId } = state;
  return {
    name: cluster.name,
    arn: `arn:aws:eks:${region}:${accountId}:cluster/${cluster.name}`,
    version: cluster.version,
    status: 'ACTIVE',
    endpoint: cluster.endpoint,
    roleArn: cluster.roleArn,
    certificateAuthority: { data: cluster.certificateAuthority },
    kubernetesNetworkConfig: { serviceIpv4Cidr: cluster.serviceIpv4Cidr, ipFamily: 'ipv4' },
    resourcesVpcConfig: {
      vpcId,
      subnetIds: cluster.subnetIds,
      securityGroupIds: [],
      clusterSecurityGroupId: cluster.securityGroupId,
      endpointPublicAccess: true,
      endpointPrivateAccess: true,
      publicAccessCidrs: ['0.0.0.0/0'],
    },
    identity: { oidc: { issuer: cluster.issuerUrl } },
    accessConfig: { authenticationMode: cluster.authenticationMode },
    tags: cluster.tags,
  };
}
