import type { Resources } from '../../src/core/resources.ts';
import type { Container, Pod } from '../kube/built-in-kinds.ts';
import { parseQuantities, sumOf } from './quantity.ts';

/**
 * What the pod takes from its node, as kube-scheduler counts: containers and sidecars run together; a plain init container
 * runs beside the sidecars before it; the larger of both phases counts, plus overhead, plus one of `pods`.
 */
export function podRequests(pod: Pod): Resources {
  let sidecars: Resources = {};
  let initPeak: Resources = {};
  for (const container of pod.spec.initContainers ?? []) {
    const requests = containerRequests(container);
    if (container.restartPolicy === 'Always') sidecars = sumOf(sidecars, requests);
    else initPeak = maxOf(initPeak, sumOf(sidecars, requests));
  }
  const running = pod.spec.containers.map(containerRequests).reduce(sumOf, sidecars);
  return sumOf(sumOf(maxOf(running, initPeak), parseQuantities(pod.spec.overhead)), { pods: 1 });
}

/** A limit stands in for a request that is not given. */
function containerRequests({ resources }: Container): Resources {
  return parseQuantities({ ...resources?.limits, ...resources?.requests });
}

function maxOf(left: Resources, right: Resources): Resources {
  const max: Record<string, number> = { ...left };
  for (const [name, amount] of Object.entries(right)) max[name] = Math.max(max[name] ?? 0, amount);
  return max;
}
