import { nodeTemplateHash, provisionerHash } from '../api/hash.ts';
import { WELL_KNOWN_LABELS } from '../api/label-rules.ts';
import { INSTANCE_TYPE_LABEL, NODE_TEMPLATE_HASH_ANNOTATION, PROVISIONER_HASH_ANNOTATION } from '../api/names.ts';
import type { ClusterSnapshot } from '../core/cluster-snapshot.ts';
import {
  fitsResources,
  formatResources,
  maxResources,
  NO_RESOURCES,
  type Resources,
  subtractResources,
} from '../core/resources.ts';
import { pendingDaemonLoad } from '../core/scheduling/daemon-overhead.ts';
import type { PlannedNode } from '../core/scheduling/plan.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { nodeTemplateOf } from '../state/node-template.ts';
import type { KnownPod } from '../state/records.ts';
import type { LoopContext } from './context.ts';
import { NODES_MIN } from './room-lessons.ts';

/** Types that one message names. */
const TYPES_TOLD_MAX = 3;

/** Names of instance types, by Provisioner. */
export type TypesByProvisioner = ReadonlyMap<string, ReadonlySet<string>>;

/** Planned nodes, without the instance types that have proven too small for a pod of theirs. */
export interface SizedNodes {
  readonly nodes: readonly PlannedNode[];
  /** Pods because of whom a node is left without a type, with what to tell them, by UID. */
  readonly tooLarge: ReadonlyMap<string, string>;
  /** The types of those nodes. */
  readonly tooSmall: TypesByProvisioner;
}

/** A node that stands, as an example of its type. */
interface Example {
  readonly machineName: string;
  readonly instanceType: string;
  /** What it leaves for pods beside its daemons and static pods. */
  readonly room: Resources;
}

/** What stands of a Provisioner, made from its present spec. */
interface Experience {
  readonly examples: readonly Example[];
  /** The kind of nodes that the Provisioner makes of an instance type now: a node of a former spec says nothing of the next. */
  readonly kindOf: (instanceType: string) => string;
}

/**
 * Takes from planned nodes the instance types whose nodes turned out too small for a pod of theirs, even with nothing but daemons on them.
 * A node teaches while it stands, when such a pod is planned for beside it: so the same node is bought twice for it at most.
 */
export function withoutTooSmallTypes(
  context: LoopContext,
  snapshot: ClusterSnapshot,
  planned: readonly PlannedNode[],
): SizedNodes {
  context.roomLessons.prune(context.clock.nowMs());
  const nodes: PlannedNode[] = [];
  const tooLarge = new Map<string, string>();
  const tooSmall = new Map<string, Set<string>>();
  for (const [provisionerName, ofProvisioner] of Map.groupBy(planned, (node) => node.provisionerName)) {
    const experience = experienceOf(context, snapshot, provisionerName);
    for (const { machineName, instanceType, room } of experience.examples)
      context.roomLessons.see(experience.kindOf(instanceType), machineName, room);
    const isTooSmallFor = (instanceType: string, requests: readonly Resources[]) =>
      context.roomLessons.isTooSmall(experience.kindOf(instanceType), requests);
    for (const node of ofProvisioner) {
      const requests = node.podUids.map((uid) => context.state.pods.get(uid)?.demand.requests ?? NO_RESOURCES);
      learn(context, experience, node, requests);
      const excluded = node.instanceTypes.filter((instanceType) => isTooSmallFor(instanceType, requests));
      const sized = withoutTypes(node, new Set(excluded));
      if (sized !== undefined) {
        nodes.push(sized);
        continue;
      }
      const message = tooSmallMessage(node);
      for (const [index, uid] of node.podUids.entries()) {
        const own = requests.slice(index, index + 1);
        if (excluded.some((instanceType) => isTooSmallFor(instanceType, own))) tooLarge.set(uid, message);
      }
      tooSmall.set(provisionerName, new Set([...(tooSmall.get(provisionerName) ?? []), ...excluded]));
    }
  }
  return { nodes, tooLarge, tooSmall };
}

function tooSmallMessage({ provisionerName, instanceTypes }: PlannedNode): string {
  const types = instanceTypes.slice(0, TYPES_TOLD_MAX).join(', ');
  return `nodes of provisioner "${provisionerName}" have proven too small for this pod, of every type that should hold it (${types})`;
}

function experienceOf(context: LoopContext, snapshot: ClusterSnapshot, provisionerName: string): Experience {
  const { nodes, closedNodes = [], daemons } = snapshot;
  const { state } = context;
  const spec = presentSpec(context, provisionerName);
  const examples = [...nodes, ...closedNodes].flatMap((node) => {
    if (node.provisionerName !== provisionerName) return [];
    const machine = state.machineByProviderId(state.nodes.get(node.name)?.node.providerId ?? '');
    if (machine === undefined || specOf(machine.object.metadata.annotations) !== spec) return [];
    const taken = [
      node.daemonRequested,
      // Those that have not come yet: because of them too a pod is planned for elsewhere.
      pendingDaemonLoad(node, daemons, WELL_KNOWN_LABELS).requests,
      ...staticPodsOn(state, node.name).map(({ demand }) => demand.requests),
    ];
    const { name, labels } = machine.machine;
    const room = taken.reduce(subtractResources, node.allocatable);
    return [{ machineName: name, instanceType: labels[INSTANCE_TYPE_LABEL] ?? '', room }];
  });
  return { examples, kindOf: (instanceType) => `${provisionerName}/${spec}/${instanceType}` };
}

function presentSpec({ state, settings }: LoopContext, provisionerName: string): string {
  const provisioner = state.provisioners.get(provisionerName)?.object;
  const template = provisioner && nodeTemplateOf(provisioner, state.templates, settings());
  return specOf({
    [PROVISIONER_HASH_ANNOTATION]: provisionerHash(provisioner?.spec ?? {}),
    ...(template === undefined ? {} : { [NODE_TEMPLATE_HASH_ANNOTATION]: nodeTemplateHash(template.spec) }),
  });
}

/** What nodes are made from, told by the annotations of their Machine. */
function specOf(annotations: Readonly<Record<string, string>> | undefined): string {
  return `${annotations?.[PROVISIONER_HASH_ANNOTATION]}/${annotations?.[NODE_TEMPLATE_HASH_ANNOTATION]}`;
}

function staticPodsOn({ pods }: ClusterState, nodeName: string): readonly KnownPod[] {
  return pods.on(nodeName).filter((pod) => pod.isMirror && !pod.isTerminal);
}

/** Takes in each example of a type that the node may become and that does not hold one of its pods. */
function learn(
  context: LoopContext,
  { examples, kindOf }: Experience,
  node: PlannedNode,
  requests: readonly Resources[],
): void {
  const nowMs = context.clock.nowMs();
  const planned = new Set(node.instanceTypes);
  const largest = requests.reduce<Resources>(maxResources, NO_RESOURCES);
  for (const { machineName, instanceType, room } of examples) {
    // A thousand examples and twenty thousand pods are not asked each for each: what holds the largest of all holds them.
    if (!planned.has(instanceType) || fitsResources(largest, room)) continue;
    if (requests.every((each) => fitsResources(each, room))) continue;
    if (context.roomLessons.learn(kindOf(instanceType), machineName, room, nowMs))
      tell(context, node, instanceType, room);
  }
}

function tell(
  { state, reporter }: LoopContext,
  { provisionerName }: PlannedNode,
  instanceType: string,
  room: Resources,
): void {
  const metadata = state.provisioners.get(provisionerName)?.object.metadata;
  const left = Object.entries(formatResources(room)).map(([name, amount]) => `${name} ${amount}`);
  reporter.report('provisioning', {
    code: 'NodesTooSmall',
    message: `${NODES_MIN} nodes of type ${instanceType} were too small for pods they were bought for: beside daemons they leave ${left.join(', ')}; the type is not bought for such pods for an hour`,
    about: metadata === undefined ? [] : [{ kind: 'Provisioner', metadata }],
    fields: { provisioner: provisionerName, 'instance-type': instanceType },
  });
}

function withoutTypes(node: PlannedNode, excluded: ReadonlySet<string>): PlannedNode | undefined {
  if (excluded.size === 0) return node;
  const instanceTypes = node.instanceTypes.filter((instanceType) => !excluded.has(instanceType));
  if (instanceTypes.length === 0) return undefined;
  return { ...node, instanceTypes, options: node.options.filter(({ instanceType }) => !excluded.has(instanceType)) };
}
