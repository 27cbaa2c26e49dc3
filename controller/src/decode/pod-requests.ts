import { addResources, amountOf, maxResources, NO_RESOURCES, type Resources, withoutZeros } from '../core/resources.ts';
import type { Field } from './field.ts';
import { readResources } from './resources.ts';

/** The API allows pod-level amounts for these only, and for `hugepages-*`. */
const POD_LEVEL_NAMES: ReadonlySet<string> = new Set(['cpu', 'memory']);

/**
 * What a node must have free for the pod, as kube-scheduler counts it, `pods: 1` included; inside an `attempt`. Containers and
 * sidecars add up; an init container runs beside the sidecars started before it, so the pod needs the larger of both phases; amounts
 * stated for the pod as a whole replace the sum; overhead comes on top. A container being resized counts with the larger of its sizes.
 */
export function readPodRequests(spec: Field, status?: Field): Resources {
  const held = heldByContainer(status);
  const running = spec
    .at('containers')
    .items()
    .map((container) => readContainer(container, held));
  let steady = running.reduce(addResources, NO_RESOURCES);
  let sidecars = NO_RESOURCES;
  let starting = NO_RESOURCES;
  for (const container of spec.at('initContainers').items()) {
    const request = readContainer(container, held);
    const beside = addResources(sidecars, request);
    starting = maxResources(starting, beside);
    if (container.at('restartPolicy').text('') !== 'Always') continue;
    sidecars = beside;
    steady = addResources(steady, request);
  }
  const containers = maxResources(steady, starting);
  const whole = { ...containers, ...readPodLevel(spec.at('resources'), containers) };
  const overhead = readResources(spec.at('overhead'), 'up');
  return withoutZeros({ ...addResources(whole, overhead), pods: 1 });
}

/** A container's requests, its limits standing in where it requests nothing, as the API server defaults them. */
function readContainer(container: Field, held: ReadonlyMap<string, Resources>): Resources {
  const resources = container.at('resources');
  const asked = { ...readResources(resources.at('limits'), 'up'), ...explicit(resources.at('requests')) };
  return maxResources(asked, held.get(container.at('name').text('')) ?? NO_RESOURCES);
}

/** Requests with those of 0 kept: a request of 0 is one, and its limit does not stand in for it. */
function explicit(requests: Field): Resources {
  const named = Object.fromEntries(requests.entries().map(([name]) => [name, 0]));
  return { ...named, ...readResources(requests, 'up') };
}

function readPodLevel(resources: Field, containers: Resources): Resources {
  const limits = Object.entries(readResources(resources.at('limits'), 'up'));
  const undecided = limits.filter(([name]) => amountOf(containers, name) === 0);
  const stated = { ...Object.fromEntries(undecided), ...explicit(resources.at('requests')) };
  return Object.fromEntries(Object.entries(stated).filter(([name]) => isPodLevel(name)));
}

function isPodLevel(name: string): boolean {
  return POD_LEVEL_NAMES.has(name) || name.startsWith('hugepages-');
}

/** What the kubelet holds for each container right now: more than the spec says while a resize is under way. */
function heldByContainer(status: Field | undefined): ReadonlyMap<string, Resources> {
  if (status === undefined) return new Map();
  const statuses = [...status.at('containerStatuses').items(), ...status.at('initContainerStatuses').items()];
  return new Map(
    statuses.map((container) => {
      const allocated = readResources(container.at('allocatedResources'), 'up');
      const actual = readResources(container.at('resources').at('requests'), 'up');
      return [container.at('name').text(''), maxResources(allocated, actual)];
    }),
  );
}
