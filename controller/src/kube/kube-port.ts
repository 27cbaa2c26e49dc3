import type { KubeConfig } from '@kubernetes/client-node';
import type { KubeObject } from '../api/meta.ts';
import { SETTINGS_CONFIG_MAP } from '../api/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { KubeEvent, KubePort, ObjectEvent, ObjectName, PatchOptions, WatchedKind } from '../ports/kube.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { shortList, withoutManagedFields } from './complete-list.ts';
import { errorFromResponse, isStatusBody } from './errors.ts';
import { EventRecorder } from './event-recorder.ts';
import { KubeHttp } from './http-client.ts';
import { LIST_WATCH_LIMITS, type ListWatchLimits, listWatch } from './list-watch.ts';
import { collectionPath, objectPath, RESOURCES } from './resources.ts';

export interface KubePortOptions {
  readonly kubeConfig: KubeConfig;
  /** The controller's own: where the settings ConfigMap lives. */
  readonly namespace: string;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Requests a second, and at once after a rest; the setting's defaults are 200 and 300. */
  readonly qps: number;
  readonly burst: number;
  /**
   * Called just before anything but an event is written; throws to prevent it. A write waits for its turn, up to a minute when the server
   * has too much to do: the lease that it was decided under may have ended by then.
   */
  readonly beforeEffect?: () => void;
  /** Uniform in [0, 1), for jitter. */
  readonly random?: () => number;
  readonly limits?: ListWatchLimits;
}

/** Who owns the fields we write, in managedFields. */
const FIELD_MANAGER = { fieldManager: 'karpenter' };
/** Each page has a deadline of its own. */
const NEVER = new AbortController().signal;
const MERGE_PATCH = 'application/merge-patch+json';

/** The Kubernetes API of the cluster that the kubeconfig names. Nothing is sent before the first call. */
export function createKubePort(options: KubePortOptions): KubePort {
  return new HttpKubePort(options);
}

class HttpKubePort implements KubePort {
  private readonly options: KubePortOptions;
  private readonly http: KubeHttp;
  private readonly events: EventRecorder;
  private readonly beforeSend: () => void;

  constructor(options: KubePortOptions) {
    this.options = options;
    this.beforeSend = options.beforeEffect ?? (() => {});
    const { kubeConfig, clock, qps, burst, telemetry, ids } = options;
    this.http = new KubeHttp({
      kubeConfig,
      clock,
      qps,
      burst,
      onAnswer: (code, method) => telemetry.count('rest_client_requests_total', { code, method }),
    });
    this.events = new EventRecorder({ http: this.http, clock, ids, telemetry });
  }

  follow(kind: WatchedKind, sink: (event: KubeEvent) => void, signal: AbortSignal): Promise<void> {
    const { clock, telemetry, namespace, random = Math.random, limits = LIST_WATCH_LIMITS } = this.options;
    const resource = RESOURCES[kind];
    const target =
      kind === 'ConfigMap'
        ? {
            kind,
            resource,
            path: collectionPath(resource, namespace),
            fieldSelector: `metadata.name=${SETTINGS_CONFIG_MAP}`,
          }
        : { kind, resource, path: collectionPath(resource) };
    return listWatch({ http: this.http, target, sink, signal, clock, telemetry, random, limits });
  }

  async get(name: ObjectName): Promise<KubeObject | undefined> {
    const action = actionOn('get', name);
    const response = await this.http.request({ method: 'GET', path: pathOf(name), action });
    if (response.status === 404) return undefined;
    if (response.status >= 400) throw errorFromResponse(action, response.status, response.body);
    return withoutManagedFields(response.body as KubeObject);
  }

  async podsOn(nodeName: string): Promise<readonly KubeObject[]> {
    const resource = RESOURCES.Pod;
    const target = {
      kind: 'Pod',
      resource,
      path: collectionPath(resource),
      fieldSelector: `spec.nodeName=${nodeName}`,
    };
    return shortList(this.http, target, NEVER);
  }

  async create(kind: WatchedKind, object: KubeObject): Promise<KubeObject> {
    const resource = RESOURCES[kind];
    const { name, namespace } = object.metadata;
    const created = await this.http.json<KubeObject>({
      method: 'POST',
      path: collectionPath(resource, namespace),
      query: FIELD_MANAGER,
      body: { apiVersion: resource.apiVersion, kind, ...object },
      action: actionOn('create', { kind, name, ...(namespace === undefined ? {} : { namespace }) }),
      beforeSend: this.beforeSend,
    });
    return withoutManagedFields(created);
  }

  async patch(
    name: ObjectName,
    patch: Readonly<Record<string, unknown>>,
    options: PatchOptions = {},
  ): Promise<KubeObject> {
    const patched = await this.http.json<KubeObject>({
      method: 'PATCH',
      path: options.subresource === undefined ? pathOf(name) : `${pathOf(name)}/${options.subresource}`,
      query: FIELD_MANAGER,
      body: options.resourceVersion === undefined ? patch : withPrecondition(patch, options.resourceVersion),
      contentType: MERGE_PATCH,
      action: actionOn('patch', name),
      beforeSend: this.beforeSend,
    });
    return withoutManagedFields(patched);
  }

  async delete(name: ObjectName, uid: string): Promise<void> {
    const action = actionOn('delete', name);
    const response = await this.http.request({
      method: 'DELETE',
      path: pathOf(name),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } },
      action,
      beforeSend: this.beforeSend,
    });
    if (response.status === 404) return;
    if (response.status === 409 && (await this.isGone(name, uid))) return;
    if (response.status >= 400) throw errorFromResponse(action, response.status, response.body);
  }

  async evict(pod: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
  }): Promise<'evicted' | 'gone' | 'disruption-budget'> {
    const name: ObjectName = { kind: 'Pod', namespace: pod.namespace, name: pod.name };
    const action = actionOn('evict', name);
    const response = await this.http.request({
      method: 'POST',
      path: `${pathOf(name)}/eviction`,
      body: {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: pod.name, namespace: pod.namespace },
        deleteOptions: { preconditions: { uid: pod.uid } },
      },
      action,
      beforeSend: this.beforeSend,
    });
    if (response.status < 400) return 'evicted';
    if (response.status === 404) return 'gone';
    if (response.status === 409 && (await this.isGone(name, pod.uid))) return 'gone';
    // The server's overload guard says 429 too, but in plain text: that is no budget's answer.
    if (response.status === 429 && isStatusBody(response.body)) return 'disruption-budget';
    throw errorFromResponse(action, response.status, response.body);
  }

  emit(event: ObjectEvent): void {
    this.events.emit(event);
  }

  /** A 409 may be the uid or an update in between; the live object tells which. */
  private async isGone(name: ObjectName, uid: string): Promise<boolean> {
    return (await this.get(name))?.metadata.uid !== uid;
  }
}

function pathOf(name: ObjectName): string {
  return objectPath(RESOURCES[name.kind], name.name, name.namespace);
}

function actionOn(verb: string, { kind, namespace, name }: ObjectName): string {
  return `${verb} ${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

function withPrecondition(patch: Readonly<Record<string, unknown>>, resourceVersion: string): Record<string, unknown> {
  return { ...patch, metadata: { ...(patch.metadata as Record<string, unknown> | undefined), resourceVersion } };
}
