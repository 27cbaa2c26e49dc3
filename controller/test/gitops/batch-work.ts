const LABELS = { app: 'work' };

/** One pod that only a node of the Provisioner `batch` can take. */
export const BATCH_WORK = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'work', namespace: 'default' },
  spec: {
    replicas: 1,
    selector: { matchLabels: LABELS },
    template: {
      metadata: { labels: LABELS },
      spec: {
        nodeSelector: { dedicated: 'batch' },
        tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'batch', effect: 'NoSchedule' }],
        containers: [{ name: 'work', image: 'work', resources: { requests: { cpu: '1' } } }],
      },
    },
  },
} as const;

/** Forbids every eviction of that pod. */
export const BATCH_WORK_BUDGET = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'work', namespace: 'default' },
  spec: { minAvailable: 1, selector: { matchLabels: LABELS } },
} as const;
