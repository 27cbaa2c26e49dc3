import type { CloudModel } from '../cloud-model.ts';
import {
  type AccessEntry,
  createAccessEntry,
  deleteAccessEntry,
  listAccessEntries,
  requireAccessEntry,
  updateAccessEntry,
} from '../eks/access-entries.ts';
import {
  createPodIdentity,
  deletePodIdentity,
  listPodIdentities,
  type PodIdentity,
  requirePodIdentity,
  updatePodIdentity,
} from '../eks/pod-identities.ts';
import { dropAbsent } from '../kubelet-flags.ts';
import { type EksRequest, type EksRoute, epochSeconds, requireCluster } from './eks-route.ts';
import { type JsonInput, mapAt, requiredTextAt, textAt, textsAt } from './json-input.ts';

const ENTRIES = ['clusters', ':cluster', 'access-entries'];
const ENTRY = [...ENTRIES, ':principalArn'];
const IDENTITIES = ['clusters', ':cluster', 'pod-identity-associations'];
const IDENTITY = [...IDENTITIES, ':associationId'];

/** Who may enter the cluster, and which pods act as which role. */
export const EKS_ACCESS_ROUTES: readonly EksRoute[] = [
  route('CreateAccessEntry', 'POST', ENTRIES, (model, { input }) => {
    const { username, groups } = entryFields(input);
    const spec = {
      principalArn: requiredTextAt(input, 'principalArn'),
      tags: mapAt(input, 'tags'),
      ...dropAbsent({ type: textAt(input, 'type'), username, groups }),
    };
    return { accessEntry: entryShape(model, createAccessEntry(model, spec)) };
  }),
  route('ListAccessEntries', 'GET', ENTRIES, (model) => ({ accessEntries: listAccessEntries(model) })),
  route('DescribeAccessEntry', 'GET', ENTRY, (model, { params }) => ({
    accessEntry: entryShape(model, requireAccessEntry(model, params.principalArn ?? '')),
  })),
  route('UpdateAccessEntry', 'POST', ENTRY, (model, { params, input }) => ({
    accessEntry: entryShape(model, updateAccessEntry(model, params.principalArn ?? '', dropAbsent(entryFields(input)))),
  })),
  route('DeleteAccessEntry', 'DELETE', ENTRY, (model, { params }) => {
    deleteAccessEntry(model, params.principalArn ?? '');
    return {};
  }),

  route('CreatePodIdentityAssociation', 'POST', IDENTITIES, (model, { input }) => {
    const identity = createPodIdentity(model, {
      namespace: requiredTextAt(input, 'namespace'),
      serviceAccount: requiredTextAt(input, 'serviceAccount'),
      roleArn: requiredTextAt(input, 'roleArn'),
      tags: mapAt(input, 'tags'),
    });
    return { association: identityShape(model, identity) };
  }),
  route('ListPodIdentityAssociations', 'GET', IDENTITIES, (model, { query }) => {
    const wanted = dropAbsent({
      namespace: query.get('namespace') ?? undefined,
      serviceAccount: query.get('serviceAccount') ?? undefined,
    });
    return { associations: listPodIdentities(model, wanted).map((identity) => identitySummary(model, identity)) };
  }),
  route('DescribePodIdentityAssociation', 'GET', IDENTITY, (model, { params }) => ({
    association: identityShape(model, requirePodIdentity(model, params.associationId ?? '')),
  })),
  route('UpdatePodIdentityAssociation', 'POST', IDENTITY, (model, { params, input }) => ({
    association: identityShape(
      model,
      updatePodIdentity(model, params.associationId ?? '', requiredTextAt(input, 'roleArn')),
    ),
  })),
  route('DeletePodIdentityAssociation', 'DELETE', IDENTITY, (model, { params }) => ({
    association: identityShape(model, deletePodIdentity(model, params.associationId ?? '')),
  })),
];

/** A route below the cluster, which must be the account's. */
function route(
  action: string,
  method: EksRoute['method'],
  path: readonly string[],
  answer: (model: CloudModel, request: EksRequest) => object,
): EksRoute {
  return {
    action,
    method,
    path,
    answer: (model, request) => {
      requireCluster(model, request.params.cluster);
      return answer(model, request);
    },
  };
}

function entryFields(input: JsonInput): { username: string | undefined; groups: readonly string[] | undefined } {
  const groups = input.kubernetesGroups === undefined ? undefined : textsAt(input, 'kubernetesGroups');
  return { username: textAt(input, 'username'), groups };
}

function entryShape({ state }: CloudModel, entry: AccessEntry): object {
  return {
    clusterName: state.cluster.name,
    principalArn: entry.principalArn,
    accessEntryArn: entry.arn,
    type: entry.type,
    username: entry.username,
    kubernetesGroups: entry.groups,
    createdAt: epochSeconds(entry.createdAtMs),
    modifiedAt: epochSeconds(entry.modifiedAtMs),
    tags: entry.tags,
  };
}

function identitySummary({ state }: CloudModel, { id, arn, namespace, serviceAccount }: PodIdentity): object {
  return { clusterName: state.cluster.name, associationId: id, associationArn: arn, namespace, serviceAccount };
}

function identityShape(model: CloudModel, identity: PodIdentity): object {
  return {
    ...identitySummary(model, identity),
    roleArn: identity.roleArn,
    createdAt: epochSeconds(identity.createdAtMs),
    modifiedAt: epochSeconds(identity.modifiedAtMs),
    tags: identity.tags,
  };
}
