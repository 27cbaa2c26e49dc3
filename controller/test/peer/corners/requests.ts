import type { ContainerManifest, PortManifest } from '../../../bench/problem/problem-file.ts';
import { daemonSet, provisionerOf } from '../../../bench/workloads/provisioners.ts';
import { ARCH_LABEL } from '../../../src/api/names.ts';
import { app, type Corner, LARGE, nodeIn, running, SMALL, typeOf, world } from './corner.ts';

const arm = typeOf(2, {
  name: 'arm',
  arch: 'arm64',
  offerings: [{ zone: 'z1', capacityType: 'on-demand', price: 0.01 }],
});
const container = (name: string, cpu: string, rest: Partial<ContainerManifest> = {}): ContainerManifest => ({
  name,
  image: 'app:1',
  resources: { requests: { cpu } },
  ...rest,
});
const port = (rest: Partial<PortManifest> = {}) => ({ ports: [{ containerPort: 80, hostPort: 80, ...rest }] });

/** What pods and daemons take of a node: 1.9 of 2 cores are theirs. */
export const REQUEST_CORNERS: readonly Corner[] = [
  {
    name: 'the larger of work and start counts, not their sum',
    problem: world({ types: [SMALL], apps: [app('web', 2, { initContainers: [container('start', '900m')] })] }),
    ours: 'web 2 on 1 node',
  },
  {
    name: 'a sidecar counts beside the work and beside what starts after it',
    problem: world({
      types: [SMALL],
      apps: [app('web', 2, { initContainers: [container('mesh', '500m', { restartPolicy: 'Always' })] })],
    }),
    ours: 'web 2 on 2 nodes',
  },
  {
    name: 'what the pod states as a whole counts instead of its containers, and overhead on top',
    problem: world({
      types: [SMALL],
      apps: [app('whole', 1, { resources: { requests: { cpu: '1500m' } }, overhead: { cpu: '500m' } })],
    }),
    ours: 'nobody',
  },
  {
    name: 'a limit without a request is one, as the API server makes it before either scheduler sees the pod',
    problem: world({
      types: [SMALL],
      apps: [
        app('web', 1, { initContainers: [{ name: 'start', image: 'app:1', resources: { limits: { cpu: '2' } } }] }),
      ],
    }),
    ours: 'nobody',
    peer: ['web 1 on 1 node, breaks resources'],
  },
  {
    name: 'a resource that no type has is not to be had',
    problem: world({ apps: [app('web', 1, {}, { requests: { 'example.com/unknown': '1' } })] }),
    ours: 'nobody',
  },
  {
    name: 'a daemon takes room only on types that it runs on',
    problem: world({
      types: [SMALL, arm],
      daemonSets: [daemonSet('agent', { cpu: '1' }, { nodeSelector: { [ARCH_LABEL]: 'arm64' } })],
      apps: [
        app('amd', 1, { nodeSelector: { [ARCH_LABEL]: 'amd64' } }, { cpuMilli: 1500 }),
        app('arm', 1, { nodeSelector: { [ARCH_LABEL]: 'arm64' } }, { cpuMilli: 1500 }),
      ],
    }),
    ours: 'amd 1 on 1 node',
  },
  {
    name: 'a daemon that does not tolerate the Provisioner’s taint takes no room behind it',
    problem: world({
      types: [SMALL],
      provisioners: [provisionerOf('pool', { taints: [{ key: 'dedicated', effect: 'NoSchedule' }] })],
      daemonSets: [daemonSet('agent', { cpu: '1' }, { tolerations: [] })],
      apps: [app('web', 1, { tolerations: [{ operator: 'Exists' }] }, { cpuMilli: 1500 })],
    }),
    ours: 'web 1 on 1 node',
  },
  {
    name: 'a daemon that is to come to a node keeps its room there',
    problem: world({
      types: [SMALL],
      nodes: [nodeIn('z1')],
      daemonSets: [daemonSet('agent', { cpu: '1' })],
      apps: [app('web', 1, {}, { cpuMilli: 900 }), app('more', 1)],
    }),
    ours: 'more 1, web 1 on 2 nodes',
  },
  {
    name: 'one node takes a host port once',
    problem: world({ types: [LARGE], apps: [app('web', 3, {}, port())] }),
    ours: 'web 3 on 3 nodes',
  },
  {
    name: 'on different addresses or by different protocols a host port is another',
    problem: world({
      types: [LARGE],
      apps: [
        app('first', 1, {}, port({ hostIP: '10.0.0.1' })),
        app('second', 1, {}, port({ hostIP: '10.0.0.2' })),
        app('udp', 1, {}, port({ protocol: 'UDP' })),
      ],
    }),
    ours: 'first 1, second 1, udp 1 on 1 node',
  },
  {
    name: 'no address means all of them',
    problem: world({
      types: [LARGE],
      apps: [app('one', 1, {}, port({ hostIP: '10.0.0.1' })), app('all', 1, {}, port())],
    }),
    ours: 'all 1, one 1 on 2 nodes',
  },
  {
    name: 'no protocol means TCP, as the API server makes it before either scheduler sees the pod',
    problem: world({
      types: [LARGE],
      apps: [app('stated', 1, {}, port({ protocol: 'TCP' })), app('meant', 1, {}, port())],
    }),
    ours: 'meant 1, stated 1 on 2 nodes',
    peer: ['meant 1, stated 1 on 1 node, breaks host-port'],
  },
  {
    name: 'a running pod holds its host port, a daemon to come holds its own',
    problem: world({
      types: [SMALL],
      nodes: [nodeIn('z1')],
      bound: [running('web', 'node-z1', {}, port())],
      apps: [app('web', 1, {}, port())],
    }),
    ours: 'web 1 on 1 node',
  },
];
