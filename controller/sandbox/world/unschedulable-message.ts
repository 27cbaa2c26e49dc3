import type { Misfit } from './node-fit.ts';

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. preemption: …`, as kube-scheduler words it. */
export function unschedulableMessage(misfits: readonly Misfit[]): string {
  if (misfits.length === 0) return 'no nodes available to schedule pods';
  const head = `0/${misfits.length} nodes are available: ${tally(misfits.flatMap(({ reasons }) => reasons))}.`;
  const victims = misfits.map(({ isForWantOfRoom }) =>
    isForWantOfRoom ? 'No preemption victims found for incoming pod' : 'Preemption is not helpful for scheduling',
  );
  return `${head} preemption: 0/${misfits.length} nodes are available: ${tally(victims)}.`;
}

/** The same for a pod that is refused before any node is asked. */
export function refusalMessage(reason: string, nodeCount: number): string {
  const head = `0/${nodeCount} nodes are available`;
  return `${head}: ${reason}. preemption: ${head}: ${nodeCount} Preemption is not helpful for scheduling.`;
}

/** kube-scheduler sorts `count reason` as text, so 10 comes before 2. */
function tally(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
