import type { KubeObject } from '../../src/api/meta.ts';
import { ZONE_LABEL } from '../../src/api/names.ts';

/** Deployments of the load's cluster; so many kinds of pods with requests of their own. */
const DEPLOYMENTS = 200;
/** One pod in so many is of a StatefulSet, or of a Job: its labels are its own alone. */
const OWN_LABELS_EVERY = 10;
const IMAGE = '123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/service';
const STARTED_AT = '2026-11-20T08:00:00Z';

/**
 * A pod as people run them, some 4 kB of JSON: variables, probes, volumes and a status, of which no decision reads anything. `index` decides its
 * Deployment and its name.
 */
export function loadPod(
  index: number,
  more: { readonly nodeName?: string; readonly prefix?: string } = {},
): KubeObject {
  const deployment = index % DEPLOYMENTS;
  const { nodeName, prefix = 'load' } = more;
  const app = `${prefix}-service-${deployment}`;
  const name = `${app}-7d9c${(deployment * 7919).toString(16)}-${index.toString(36).padStart(5, '0')}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      generateName: `${app}-7d9c-`,
      labels: {
        'app.kubernetes.io/name': app,
        'app.kubernetes.io/part-of': `shop-${deployment % 20}`,
        'app.kubernetes.io/version': `2026.11.${deployment % 28}`,
        'pod-template-hash': `7d9c${(deployment * 7919).toString(16)}`,
        ...(index % OWN_LABELS_EVERY === 0 ? { 'apps.kubernetes.io/pod-index': String(index) } : {}),
      },
      annotations: {
        'kubectl.kubernetes.io/restartedAt': STARTED_AT,
        'prometheus.io/scrape': 'true',
        'checksum/config': (deployment * 1e12).toString(16).padStart(64, 'a'),
      },
    },
    spec: specOf(deployment, app, nodeName),
  };
}

function specOf(deployment: number, app: string, nodeName: string | undefined): Record<string, unknown> {
  const labelSelector = { matchLabels: { 'app.kubernetes.io/name': app } };
  const isSpread = deployment % 4 === 0;
  const rule = { maxSkew: 5, topologyKey: ZONE_LABEL, whenUnsatisfiable: 'ScheduleAnyway', labelSelector };
  return {
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(isSpread ? { topologySpreadConstraints: [rule] } : {}),
    containers: [mainContainer(deployment, app), proxyContainer(deployment)],
    volumes: [
      { name: 'config', configMap: { name: `${app}-config` } },
      { name: 'secrets', secret: { secretName: `${app}-secrets` } },
      { name: 'scratch', emptyDir: {} },
    ],
    tolerations: ['not-ready', 'unreachable'].map((state) => {
      const key = `node.kubernetes.io/${state}`;
      return { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 };
    }),
    terminationGracePeriodSeconds: 1,
  };
}

function mainContainer(deployment: number, app: string): Record<string, unknown> {
  const probe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10, timeoutSeconds: 2 };
  return {
    name: 'main',
    image: `${IMAGE}:${deployment}`,
    args: ['serve', '--listen=:8080', `--config=/etc/${app}/config.yaml`],
    ports: [{ name: 'http', containerPort: 8080 }],
    env: Array.from({ length: 6 }, (_, i) => ({ name: `SETTING_${i}`, value: `https://${app}.shop.svc:8080/${i}` })),
    // All different, none large: ten of them fit a node of eight cores.
    resources: { requests: { cpu: `${300 + deployment}m`, memory: `${400 + deployment * 2}Mi` } },
    livenessProbe: probe,
    readinessProbe: probe,
    volumeMounts: ['config', 'secrets', 'scratch'].map((name) => ({ name, mountPath: `/var/lib/${name}` })),
  };
}

function proxyContainer(deployment: number): Record<string, unknown> {
  return {
    name: 'proxy',
    image: `${IMAGE}-proxy:1`,
    env: Array.from({ length: 2 }, (_, i) => ({ name: `PROXY_${i}`, value: `cluster-${deployment % 20}/${i}` })),
    resources: { requests: { cpu: '20m', memory: '32Mi' }, limits: { memory: '64Mi' } },
  };
}

/** The status of such a pod that has run for days. */
export function runningStatus(index: number): Record<string, unknown> {
  const podIP = `10.${128 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  const types = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];
  const container = (name: string) => ({
    name,
    image: `${IMAGE}:1`,
    imageID: `${IMAGE}@sha256:${index.toString(16).padStart(64, '0')}`,
    containerID: `containerd://${index.toString(16).padStart(64, 'c')}`,
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: STARTED_AT } },
  });
  return {
    phase: 'Running',
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: STARTED_AT,
    qosClass: 'Burstable',
    conditions: types.map((type) => ({ type, status: 'True', lastTransitionTime: STARTED_AT })),
    containerStatuses: [container('main'), container('proxy')],
  };
}
