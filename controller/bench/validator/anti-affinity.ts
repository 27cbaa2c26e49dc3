import type { PodManifest } from '../problem/problem-file.ts';
import { type NamespaceLabels, type PodGroup, termGroup } from './pod-groups.ts';
import { isRunning, type StandingNode, type Violation } from './standing.ts';

/**
 * Pods that stand in one domain although one of them avoids the other. It does not matter who came first: kube-scheduler looks at the
 * terms of both. Pods that stood before are not judged against each other.
 */
export function antiAffinityViolations(nodes: readonly StandingNode[], namespaces: NamespaceLabels): Violation[] {
  const standing = nodes.flatMap((node) => [
    ...node.bound.filter(isRunning).map((pod) => ({ node, pod, path: undefined })),
    ...node.placed.map(({ pod, path }) => ({ node, pod, path })),
  ]);
  const counts = new DomainCounts(standing);
  const violations: Violation[] = [];
  for (const { node, pod, path } of standing) {
    for (const term of pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      const domain = node.labels[term.topologyKey];
      if (domain === undefined) continue;
      const group = termGroup(pod, term, namespaces);
      const { all, newcomers } = counts.of(group, term.topologyKey, domain);
      const self = group.has(pod) ? 1 : 0;
      // A newcomer must find nobody it avoids; one who stood before must find no newcomer.
      const others = path === undefined ? newcomers : all - self;
      if (others > 0) {
        violations.push({
          path: path ?? node.path,
          rule: 'anti-affinity',
          message: `${pod.metadata.name} avoids ${others} pods of ${term.topologyKey}=${domain}`,
        });
      }
    }
  }
  return violations;
}

interface Standing {
  readonly node: StandingNode;
  readonly pod: PodManifest;
  readonly path: string | undefined;
}

interface DomainCount {
  all: number;
  newcomers: number;
}

/** How many pods of a group stand in each domain, counted once for each group and key. */
class DomainCounts {
  readonly #standing: readonly Standing[];
  readonly #counts = new Map<string, Map<string, DomainCount>>();

  constructor(standing: readonly Standing[]) {
    this.#standing = standing;
  }

  of(group: PodGroup, topologyKey: string, domain: string): DomainCount {
    const key = `${topologyKey} ${group.id}`;
    let byDomain = this.#counts.get(key);
    if (byDomain === undefined) {
      byDomain = new Map();
      for (const { node, pod, path } of this.#standing) {
        const each = node.labels[topologyKey];
        if (each === undefined || !group.has(pod)) continue;
        const count = byDomain.get(each) ?? { all: 0, newcomers: 0 };
        count.all += 1;
        if (path !== undefined) count.newcomers += 1;
        byDomain.set(each, count);
      }
      this.#counts.set(key, byDomain);
    }
    return byDomain.get(domain) ?? { all: 0, newcomers: 0 };
  }
}
