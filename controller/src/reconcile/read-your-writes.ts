import type { KubePort } from '../ports/kube.ts';
import type { ClusterState } from '../state/cluster-state.ts';

/**
 * The same port, whose writes, and looks at a node's pods, are folded into `state` as soon as the API has answered, not when the watch
 * brings them: a Machine counts from the moment it exists, and no loop acts twice on a copy that its own write has made old.
 */
export function readYourWrites(kube: KubePort, state: ClusterState): KubePort {
  return {
    follow: (kind, sink, signal) => kube.follow(kind, sink, signal),
    get: (name) => kube.get(name),
    podsOn: (nodeName) => state.lookAtPodsOn(nodeName, () => kube.podsOn(nodeName)),
    evict: (pod) => kube.evict(pod),
    emit: (event) => kube.emit(event),
    create: async (kind, object) => {
      const created = await kube.create(kind, object);
      if (kind === 'Machine') state.addCreatedMachine(created);
      return created;
    },
    delete: async (name, uid) => {
      await kube.delete(name, uid);
      const left = await kube.get(name);
      if (left !== undefined) state.applyAnswer(name.kind, left);
      else if (name.kind === 'Machine') state.forgetMachine(name.name);
    },
    patch: async (name, patch, options) => {
      const patched = await kube.patch(name, patch, options);
      state.applyAnswer(name.kind, patched);
      return patched;
    },
  };
}
