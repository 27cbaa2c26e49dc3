import { setTimeout as sleep } from 'node:timers/promises';
import { MapRolesRefused } from '../plan/aws-auth.ts';
import {
  AWS_AUTH,
  type AwsAuth,
  type AwsAuthChange,
  isMapped,
  type Made,
  type MappingState,
  planMapping,
  planUnmapping,
} from '../plan/aws-auth-change.ts';
import { type ClusterApi, connect, serverOf } from './cluster-api.ts';
import { identityIn, unlessGone } from './cluster-presence.ts';
import { kubeconfigProblems } from './input-problems.ts';
import type { InputProblem, Operation, Properties, ResourceKind } from './resource-kind.ts';
import { changedInputs, isUnknown } from './wire-values.ts';

const COLLECTION = `/api/v1/namespaces/${AWS_AUTH.namespace}/configmaps`;
const OBJECT = `${COLLECTION}/${AWS_AUTH.name}`;
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;

/** Far more than the managed groups and colleagues that can write at the same moment. */
const TRIES_MAX = 12;
/** Doubled after each lost race up to the maximum, and shortened by chance so that two losers do not meet again. */
const PAUSE_MS_MIN = 40;
const PAUSE_MS_MAX = 500;

interface MappingInputs {
  readonly kubeconfig: string;
  readonly roleArn: string;
}

/** One role's mapping in the ConfigMap aws-auth, added to and taken from what everybody else writes there. */
export const awsAuthMapping: ResourceKind = {
  inputs: ['kubeconfig', 'roleArn'],

  check: (inputs) => [...kubeconfigProblems(inputs.kubeconfig), ...roleProblems(inputs.roleArn)],

  diff: async (state, inputs) => {
    const changed = changedInputs(state, inputs, ['kubeconfig', 'roleArn']);
    const isSameCluster =
      isUnknown(inputs.kubeconfig) || serverOf(text(state.kubeconfig)) === serverOf(text(inputs.kubeconfig));
    return { changes: changed.length > 0, replaces: isSameCluster ? [] : ['kubeconfig'] };
  },

  create: async (inputs, operation) => {
    const { kubeconfig, roleArn } = mappingInputs(inputs);
    return { id: roleArn, state: { ...(await map(kubeconfig, roleArn, undefined, operation)) } };
  },

  read: async (state, operation) => {
    const { kubeconfig, roleArn } = mappingInputs(state);
    const live = await unlessGone(kubeconfig, identityIn(kubeconfig), async () =>
      readLive(connect(kubeconfig, operation.signal)),
    );
    if (live === 'gone' || !refusing(() => isMapped(live, roleArn))) return undefined;
    return { made: state.made, configMapUid: state.configMapUid };
  },

  update: async (state, inputs, operation) => {
    const { kubeconfig, roleArn } = mappingInputs(inputs);
    return { ...(await map(kubeconfig, roleArn, mappingState(state), operation)) };
  },

  delete: async (state, operation) => {
    const { kubeconfig } = mappingInputs(state);
    const outcome = await unlessGone(kubeconfig, identityIn(kubeconfig), () =>
      change(connect(kubeconfig, operation.signal), operation, (live) => planUnmapping(live, mappingState(state))),
    );
    if (outcome === 'gone') operation.progress('the cluster is gone, and aws-auth with it');
  },
};

async function map(
  kubeconfig: string,
  roleArn: string,
  previous: MappingState | undefined,
  operation: Operation,
): Promise<Omit<MappingState, 'roleArn'>> {
  let made: Made = 'nothing';
  const written = await change(connect(kubeconfig, operation.signal), operation, (live) => {
    const plan = planMapping(live, roleArn, previous);
    made = plan.made;
    return plan.change;
  });
  return { made, configMapUid: written?.metadata.uid ?? '' };
}

/**
 * The ConfigMap after the change that `plan` made of the live one. When others write in between, theirs is read and the change planned
 * anew; after the last try it fails, with theirs in place and ours not written.
 */
async function change(
  api: ClusterApi,
  { signal, progress }: Operation,
  plan: (live: AwsAuth | undefined) => AwsAuthChange,
): Promise<AwsAuth | undefined> {
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const live = await readLive(api);
    const planned = refusing(() => plan(live));
    if (planned.kind === 'none') return live;
    const outcome = await write(api, planned);
    if (outcome !== 'raced') return outcome;
    progress(`somebody else has changed aws-auth meanwhile (try ${attempt} of ${TRIES_MAX})`);
    await sleep(Math.random() * Math.min(PAUSE_MS_MIN * 2 ** attempt, PAUSE_MS_MAX), undefined, { signal });
  }
  throw new Error(
    `ConfigMap ${AWS_AUTH.namespace}/${AWS_AUTH.name} was changed by others each of ${TRIES_MAX} times that it was written: ` +
      'their changes stand, ours is not made; try again when they are done',
  );
}

function readLive(api: ClusterApi): Promise<AwsAuth | undefined> {
  return api.get<AwsAuth>(OBJECT);
}

/** One write. `raced` when the ConfigMap is no longer the one that was read: the server has changed nothing then. */
async function write(
  api: ClusterApi,
  change: Exclude<AwsAuthChange, { kind: 'none' }>,
): Promise<AwsAuth | undefined | 'raced'> {
  const { status, body } = await (change.kind === 'create'
    ? api.call({ method: 'POST', path: COLLECTION, body: change.body, expected: [409] })
    : change.kind === 'patch'
      ? api.call({ method: 'PATCH', path: OBJECT, body: change.body, expected: [404, 409] })
      : api.call({
          method: 'DELETE',
          path: OBJECT,
          body: { preconditions: change.preconditions },
          expected: [404, 409],
        }));
  if (status >= 400) return 'raced';
  return change.kind === 'delete' ? undefined : (body as AwsAuth);
}

/** What `work` returns; a text that it refuses is named by where it stands. */
function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MapRolesRefused)) throw error;
    const where = `ConfigMap ${AWS_AUTH.namespace}/${AWS_AUTH.name}, data.mapRoles`;
    throw new Error(`${where} was left as it is: ${error.message}`, { cause: error });
  }
}

function roleProblems(roleArn: unknown): readonly InputProblem[] {
  if (isUnknown(roleArn) || (typeof roleArn === 'string' && ROLE_ARN.test(roleArn))) return [];
  return [{ property: 'roleArn', reason: `must be the ARN of an IAM role, not ${JSON.stringify(roleArn)}` }];
}

function mappingInputs(properties: Properties): MappingInputs {
  return { kubeconfig: text(properties.kubeconfig), roleArn: text(properties.roleArn) };
}

function mappingState(properties: Properties): MappingState {
  const { roleArn } = mappingInputs(properties);
  return { roleArn, made: text(properties.made) as Made, configMapUid: text(properties.configMapUid) };
}

function text(value: unknown): string {
  return String(value ?? '');
}
