import { provisionerOf } from '../../../bench/workloads/provisioners.ts';
import { ACCELERATOR_LABEL, CORES_LABEL, TEAM_LABEL } from '../../../bench/workloads/random-types.ts';
import { ARCH_LABEL, HOSTNAME_LABEL, PROVISIONER_NAME_LABEL, ZONE_LABEL } from '../../../src/api/names.ts';
import { anyOf, app, type Corner, LARGE, nodeIn, SMALL, typeOf, world } from './corner.ts';

const teams = provisionerOf('pool', { requirements: [{ key: TEAM_LABEL, operator: 'Exists' }] });
const accelerated = typeOf(2, { name: 'accelerated', labels: { [CORES_LABEL]: '2', [ACCELERATOR_LABEL]: 'x1' } });
const wants = (...expressions: readonly [key: string, operator: string, ...values: string[]][]) => ({
  affinity: anyOf(expressions as never),
});

/** How labels that are asked for meet labels that nodes have. */
export const LABEL_CORNERS: readonly Corner[] = [
  {
    name: 'Gt and Lt together leave what is between them',
    problem: world({
      types: [typeOf(1), SMALL, LARGE],
      apps: [app('web', 1, wants([CORES_LABEL, 'Gt', '1'], [CORES_LABEL, 'Lt', '4']))],
    }),
    ours: 'web 1 on 1 node',
  },
  {
    name: 'Gt and Lt with no integer between them leave nothing',
    problem: world({ apps: [app('web', 1, wants([CORES_LABEL, 'Gt', '2'], [CORES_LABEL, 'Lt', '3']))] }),
    ours: 'nobody',
  },
  {
    name: 'a label that nobody defines can be asked to be absent or different, not to be there',
    problem: world({
      apps: [
        app('absent', 1, wants(['nobody', 'DoesNotExist'])),
        app('different', 1, wants(['nobody', 'NotIn', 'x'])),
        app('equal', 1, wants(['nobody', 'In', 'x'])),
        app('there', 1, wants(['nobody', 'Exists'])),
      ],
    }),
    ours: 'absent 1, different 1 on 1 node',
  },
  {
    name: 'a label that some type has is absent on the others',
    problem: world({
      types: [SMALL, accelerated],
      apps: [
        app('with', 1, wants([ACCELERATOR_LABEL, 'Exists'])),
        app('without', 1, wants([ACCELERATOR_LABEL, 'DoesNotExist'])),
      ],
    }),
    ours: 'with 1, without 1 on 2 nodes',
  },
  {
    name: 'a node that exists does not define the well-known labels it lacks',
    problem: world({
      types: [SMALL, accelerated],
      nodes: [nodeIn('z1')],
      apps: [app('web', 1, wants([ACCELERATOR_LABEL, 'In', 'x1']))],
    }),
    ours: 'web 1 on 1 node',
  },
  {
    name: 'a Provisioner that asks for any value of a label gives each node the value that its pods want',
    problem: world({
      provisioners: [teams],
      apps: [
        app('red', 2, { nodeSelector: { [TEAM_LABEL]: 'red' } }),
        app('blue', 1, { nodeSelector: { [TEAM_LABEL]: 'blue' } }),
      ],
    }),
    ours: 'blue 1, red 2 on 2 nodes',
  },
  {
    name: 'a pod that wants a label to be different does not define it for others',
    problem: world({
      apps: [
        app('different', 1, wants(['nobody', 'NotIn', 'x']), { cpuMilli: 900 }),
        app('equal', 1, { nodeSelector: { nobody: 'y' } }),
      ],
    }),
    ours: 'different 1 on 1 node',
    peer: ['different 1, equal 1 on 1 node, breaks offering, selector'],
  },
  {
    name: 'a host that is not there cannot be bought',
    problem: world({
      nodes: [nodeIn('z1')],
      apps: [
        app('here', 1, { nodeSelector: { [HOSTNAME_LABEL]: 'node-z1' } }),
        app('gone', 1, { nodeSelector: { [HOSTNAME_LABEL]: 'node-z9' } }),
      ],
    }),
    ours: 'here 1 on 1 node',
  },
  {
    name: 'a pod may ask not to run on nodes of Provisioners',
    problem: world({ apps: [app('web', 1, wants([PROVISIONER_NAME_LABEL, 'DoesNotExist']))] }),
    ours: 'nobody',
  },
  {
    name: 'of several terms any will do, also the last',
    problem: world({
      apps: [
        app('web', 1, {
          affinity: anyOf([[ZONE_LABEL, 'In', 'z8']], [[ZONE_LABEL, 'In', 'z9']], [[ZONE_LABEL, 'In', 'z3']]),
        }),
      ],
    }),
    ours: 'web 1 on 1 node',
  },
  {
    name: 'an architecture that no type has is not to be had',
    problem: world({ apps: [app('web', 1, { nodeSelector: { [ARCH_LABEL]: 'arm64' } })] }),
    ours: 'nobody',
  },
  {
    name: 'the Provisioner of more weight comes first, dear as it may be',
    problem: world({
      provisioners: [
        provisionerOf('cheap', { weight: 1 }),
        provisionerOf('dear', { weight: 50, taints: [{ key: 'dear', effect: 'NoSchedule' }] }),
      ],
      apps: [app('rich', 1, { tolerations: [{ operator: 'Exists' }] }, { cpuMilli: 900 }), app('poor', 1)],
    }),
    ours: 'poor 1, rich 1 on 2 nodes',
  },
  {
    name: 'a Provisioner that no type suits is passed over',
    problem: world({
      provisioners: [
        provisionerOf('none', { weight: 50, requirements: [{ key: ARCH_LABEL, operator: 'In', values: ['arm64'] }] }),
        provisionerOf('pool'),
      ],
      apps: [app('web', 1)],
    }),
    ours: 'web 1 on 1 node',
  },
];
