/** One metric as dashboards know it. */
export interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly labels: readonly string[];
  readonly help: string;
}

/** Upstream's buckets for durations, in seconds: dashboards compute quantiles from them. */
export const DURATION_BUCKETS_SECONDS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60, 120, 150, 300, 450, 600,
];

export const SUMMARY_QUANTILES: readonly number[] = [0, 0.5, 0.9, 0.99, 1];

/** Labels of a node's own series: the suffixes of the well-known labels, `-` written as `_`. */
const NODE_LABELS: readonly string[] = [
  'arch',
  'capacity_type',
  'instance_accelerator_count',
  'instance_accelerator_manufacturer',
  'instance_accelerator_name',
  'instance_category',
  'instance_cpu',
  'instance_encryption_in_transit_supported',
  'instance_family',
  'instance_generation',
  'instance_gpu_count',
  'instance_gpu_manufacturer',
  'instance_gpu_memory',
  'instance_gpu_name',
  'instance_hypervisor',
  'instance_local_nvme',
  'instance_memory',
  'instance_network_bandwidth',
  'instance_pods',
  'instance_size',
  'instance_type',
  'node_name',
  'nodepool',
  'os',
  'phase',
  'provisioner',
  'provisioner_name',
  'region',
  'resource_type',
  'windows_build',
  'zone',
];

const counter = (labels: readonly string[], help: string): Metric => ({ type: 'counter', labels, help });
const gauge = (labels: readonly string[], help: string): Metric => ({ type: 'gauge', labels, help });
const histogram = (labels: readonly string[], help: string): Metric => ({ type: 'histogram', labels, help });
const summary = (labels: readonly string[], help: string): Metric => ({ type: 'summary', labels, help });

/** Every metric there is. Names, labels and meanings are upstream v0.31's, except for the last block, which is ours. */
export const METRICS: Readonly<Record<string, Metric>> = {
  karpenter_provisioner_scheduling_duration_seconds: histogram([], 'Duration of one scheduling of pending pods.'),
  karpenter_provisioner_scheduling_simulation_duration_seconds: histogram(
    [],
    'Duration of one scheduling that only asks what would be.',
  ),
  karpenter_provisioner_limit: gauge(
    ['provisioner', 'resource_type'],
    'Limit of a provisioner; CPU in cores, memory in bytes.',
  ),
  karpenter_provisioner_usage: gauge(
    ['provisioner', 'resource_type'],
    'Capacity of a provisioner, nodes on their way included.',
  ),
  karpenter_provisioner_usage_pct: gauge(
    ['provisioner', 'resource_type'],
    'Usage as whole percents of the limit; 100 when the limit is 0.',
  ),

  karpenter_deprovisioning_evaluation_duration_seconds: histogram(
    ['method'],
    'Duration of one search for nodes to remove.',
  ),
  karpenter_deprovisioning_replacement_machine_initialized_seconds: histogram(
    [],
    'Time until a replacement was ready.',
  ),
  karpenter_deprovisioning_actions_performed: counter(['action', 'deprovisioner'], 'Removals carried out.'),
  karpenter_deprovisioning_eligible_machines: gauge(['deprovisioner'], 'Machines that this method may remove.'),
  karpenter_deprovisioning_consolidation_timeouts: counter(['consolidation_type'], 'Searches given up at their limit.'),
  karpenter_deprovisioning_replacement_machine_launch_failure_counter: counter(
    ['deprovisioner'],
    'Replacements that could not be launched.',
  ),

  karpenter_machines_created: counter(['provisioner', 'reason'], 'Machines created, by reason.'),
  karpenter_machines_terminated: counter(['provisioner', 'reason'], 'Machines terminated, by reason.'),
  karpenter_machines_launched: counter(['provisioner'], 'Machines whose instance was bought.'),
  karpenter_machines_registered: counter(['provisioner'], 'Machines whose node joined the cluster.'),
  karpenter_machines_initialized: counter(['provisioner'], 'Machines whose node became ready for pods.'),
  karpenter_machines_disrupted: counter(['provisioner', 'type'], 'Machines found worth removing, by why.'),
  karpenter_machines_drifted: counter(['provisioner', 'type'], 'Machines that no longer match their specification.'),

  karpenter_nodes_created: counter(['nodepool', 'provisioner'], 'Nodes that joined.'),
  karpenter_nodes_terminated: counter(['nodepool', 'provisioner'], 'Nodes that were removed.'),
  karpenter_nodes_termination_time_seconds: summary(['provisioner'], 'Time from the deletion of a node to its end.'),
  karpenter_nodes_leases_deleted: counter([], 'Leases of vanished nodes that were removed.'),
  karpenter_nodes_allocatable: gauge(NODE_LABELS, 'What pods may use of a node; CPU in cores, memory in bytes.'),
  karpenter_nodes_total_pod_requests: gauge(NODE_LABELS, 'Requests of the pods on a node, daemons left out.'),
  karpenter_nodes_total_pod_limits: gauge(NODE_LABELS, 'Limits of the pods on a node, daemons left out.'),
  karpenter_nodes_total_daemon_requests: gauge(NODE_LABELS, 'Requests of the daemons on a node.'),
  karpenter_nodes_total_daemon_limits: gauge(NODE_LABELS, 'Limits of the daemons on a node.'),
  karpenter_nodes_system_overhead: gauge(NODE_LABELS, 'Capacity of a node that is not allocatable.'),

  karpenter_pods_state: gauge(
    [
      'arch',
      'capacity_type',
      'instance_type',
      'name',
      'namespace',
      'node',
      'nodepool',
      'owner',
      'phase',
      'provisioner',
      'zone',
    ],
    '1 for each pod, with where and on what it runs.',
  ),
  karpenter_pods_startup_time_seconds: summary([], 'Time from the creation of a pod to its being ready.'),

  karpenter_cloudprovider_duration_seconds: histogram(
    ['controller', 'method', 'provider'],
    'Duration of calls to the cloud.',
  ),
  karpenter_cloudprovider_errors_total: counter(
    ['controller', 'error', 'method', 'provider'],
    'Failed calls to the cloud.',
  ),
  karpenter_cloudprovider_instance_type_cpu_cores: gauge(['instance_type'], 'CPU of an instance type.'),
  karpenter_cloudprovider_instance_type_memory_bytes: gauge(['instance_type'], 'Memory of an instance type.'),
  karpenter_cloudprovider_instance_type_price_estimate: gauge(
    ['capacity_type', 'instance_type', 'region', 'zone'],
    'Price of an offering in US dollars an hour; zone is empty for on-demand.',
  ),
  karpenter_cloudprovider_batcher_batch_time_seconds: histogram(
    ['batcher'],
    'Time that calls waited to be sent together.',
  ),
  karpenter_cloudprovider_batcher_batch_size: histogram(['batcher'], 'Calls that were sent together.'),

  controller_runtime_active_workers: gauge(['controller'], 'Reconciliations that run now.'),
  controller_runtime_max_concurrent_reconciles: gauge(['controller'], 'Reconciliations that may run at once.'),
  controller_runtime_reconcile_errors_total: counter(['controller'], 'Reconciliations that failed.'),
  controller_runtime_reconcile_time_seconds: histogram(['controller'], 'Duration of a reconciliation.'),
  controller_runtime_reconcile_total: counter(['controller', 'result'], 'Reconciliations, by result.'),
  rest_client_requests_total: counter(
    ['code', 'method'],
    'Requests to the Kubernetes API; code <error> when no answer came.',
  ),

  karpenter_kubernetes_watch_restarts: counter(
    ['cause', 'kind'],
    'Watches that ended and were opened again, by error code or closed.',
  ),
  karpenter_kubernetes_events_dropped: counter(['cause'], 'Events that were not written: rate, or the error code.'),
  karpenter_leader: gauge([], '1 while this process holds the lease.'),
};
