import type { Resources } from '../../src/core/resources.ts';
import type { Container, Pod, PodSpec } from '../kube/built-in-kinds.ts';
import { parseQuantities, sumOf } from './quantity.ts';

/** kube-scheduler takes a container that requests nothing for one that uses this. */
const LIKELY_USE: Resources = { cpu: 100, memory: 200 * 2 ** 20 };

/**
 * What the pod takes from its node, as kube-scheduler counts: containers and sidecars run together; a plain init container
 * runs beside the sidecars before it; the larger of both phases counts, or what the pod requests as a whole; plus overhead,
 * plus one of `pods`.
 */
export function podRequests(pod: Pod): Resources {
  return sumUp(pod, {});
}

/** What the pod is likely to use: as its requests, with something for each container that requests no cpu or no memory. */
export function likelyUse(pod: Pod): Resources {
  return sumUp(pod, LIKELY_USE);
}

function sumUp({ spec }: Pod, unsaid: Resources): Resources {
  let sidecars: Resources = {};
  let initPeak: Resources = {};
  for (const container of spec.initContainers ?? []) {
    const requests = containerRequests(container, unsaid);
    if (container.restartPolicy === 'Always') sidecars = sumOf(sidecars, requests);
    else initPeak = maxOf(initPeak, sumOf(sidecars, requests));
  }
  const running = spec.containers.map((each) => containerRequests(each, unsaid)).reduce(sumOf, sidecars);
  const ofContainers = maxOf(running, initPeak);
  const whole = { ...ofContainers, ...podLevelRequests(spec, ofContainers) };
  return sumOf(sumOf(whole, parseQuantities(spec.overhead)), { pods: 1 });
}

/** A limit stands in for a request that is not given. */
function containerRequests({ resources }: Container, unsaid: Resources): Resources {
  return { ...unsaid, ...parseQuantities({ ...resources?.limits, ...resources?.requests }) };
}

/** What the pod requests as a whole, which holds instead of the sum; a limit stands in where its containers request nothing either. */
function podLevelRequests(spec: PodSpec, ofContainers: Resources): Resources {
  const { limits, requests } = (spec['resources'] ?? {}) as NonNullable<Container['resources']>;
  const unsaid = Object.entries(parseQuantities(limits)).filter(([name]) => ofContainers[name] === undefined);
  const said = Object.entries(parseQuantities(requests));
  return Object.fromEntries([...unsaid, ...said].filter(([name]) => isPodLevel(name)));
}

function isPodLevel(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

function maxOf(left: Resources, right: Resources): Resources {
  const max: Record<string, number> = { ...left };
  for (const [name, amount] of Object.entries(right)) max[name] = Math.max(max[name] ?? 0, amount);
  return max;
}
