import type { SeededRandom } from '../../sandbox/seeded-random.ts';
import { ARCH_LABEL, CAPACITY_TYPE_LABEL, OS_LABEL, ZONE_LABEL } from '../../src/api/names.ts';
import type {
  DaemonSetManifest,
  PodSpecManifest,
  ProvisionerManifest,
  TaintManifest,
} from '../problem/problem-file.ts';
import { daemonSet, provisionerOf } from './provisioners.ts';
import type { Kinds } from './random-constraints.ts';
import { FAMILY_LABEL, RACK_LABEL, RACKS, TEAM_LABEL, TEAMS, ZONES } from './random-types.ts';
import { pick } from './shapes.ts';

const PROVISIONERS_MAX = 3;
const TAINT: TaintManifest = { key: 'dedicated', value: 'blue', effect: 'NoSchedule' };
const AVOIDED: TaintManifest = { key: 'costly', effect: 'PreferNoSchedule' };
const STARTUP_TAINT: TaintManifest = { key: 'example.com/agent-missing', effect: 'NoSchedule' };

/** Of the taint that random Provisioners have. */
export const TOLERATION = { key: 'dedicated', operator: 'Equal', value: 'blue', effect: 'NoSchedule' };

/** A few Provisioners, told apart by what the kinds asked for need. */
export function randomProvisioners(random: SeededRandom, kinds: Kinds): ProvisionerManifest[] {
  const has = (kind: Parameters<Kinds['has']>[0], probability: number) =>
    kinds.has(kind) && chance(random, probability);
  return Array.from({ length: random.integer(1, PROVISIONERS_MAX) }, (_, index) => {
    const isTeams = has('selectors', 0.5);
    const taints = [...(has('taints', 0.4) ? [TAINT] : []), ...(has('preferences', 0.3) ? [AVOIDED] : [])];
    const labels = {
      ...(isTeams && chance(random, 0.3) ? { tier: pick(random, ['web', 'batch']) } : {}),
      ...(has('custom-domains', 0.8) ? { [RACK_LABEL]: pick(random, RACKS) } : {}),
    };
    return provisionerOf(`pool-${index}`, {
      requirements: [
        { key: CAPACITY_TYPE_LABEL, operator: 'In', values: some(random, ['on-demand', 'spot']) },
        { key: OS_LABEL, operator: 'In', values: ['linux'] },
        ...(chance(random, 0.5) ? [{ key: ZONE_LABEL, operator: 'In', values: some(random, ZONES) }] : []),
        ...(chance(random, 0.3) ? [{ key: ARCH_LABEL, operator: 'In', values: some(random, ['amd64', 'arm64']) }] : []),
        ...(isTeams && chance(random, 0.5) ? [{ key: TEAM_LABEL, operator: 'In', values: some(random, TEAMS) }] : []),
      ],
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
      ...(taints.length > 0 ? { taints } : {}),
      ...(has('young-nodes', 0.5) ? { startupTaints: [STARTUP_TAINT] } : {}),
      ...(has('limits', 0.5) ? { limits: { resources: randomLimits(random) } } : {}),
      ...(has('weights', 0.5) ? { weight: random.integer(1, 100) } : {}),
    });
  });
}

function randomLimits(random: SeededRandom): Record<string, string> {
  const cpu = { cpu: `${random.integer(2, 24)}` };
  return chance(random, 0.3) ? { ...cpu, memory: `${random.integer(4, 96)}Gi` } : cpu;
}

/** An agent on all nodes, and some that choose theirs. */
export function randomDaemons(random: SeededRandom): DaemonSetManifest[] {
  const rare: readonly (readonly [string, Partial<PodSpecManifest>])[] = [
    ['arm-agent', { nodeSelector: { [ARCH_LABEL]: 'arm64' } }],
    ['zone-agent', { nodeSelector: { [ZONE_LABEL]: pick(random, ZONES) } }],
    ['untainted-agent', { tolerations: [] }],
    ['family-agent', { affinity: onlyOn({ key: FAMILY_LABEL, operator: 'NotIn', values: ['c'] }) }],
  ];
  return [
    daemonSet('agent', { cpu: `${random.integer(1, 4) * 50}m`, memory: '64Mi' }),
    ...rare
      .filter(() => chance(random, 0.3))
      .map(([name, spec]) => daemonSet(name, { cpu: '200m', memory: '128Mi' }, spec)),
  ];
}

function onlyOn(expression: { key: string; operator: string; values: readonly string[] }) {
  const nodeSelectorTerms = [{ matchExpressions: [expression] }];
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}

function chance(random: SeededRandom, probability: number): boolean {
  return random.next() < probability;
}

function some<T>(random: SeededRandom, values: readonly T[]): T[] {
  const taken = values.filter(() => chance(random, 0.6));
  return taken.length > 0 ? taken : [pick(random, values)];
}
