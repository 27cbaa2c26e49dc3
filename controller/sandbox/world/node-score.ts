import type { NodeSelectorTerm } from '../kube/built-in-kinds.ts';
import { affinityScores } from './affinity-score.ts';
import type { Candidate, Scorer } from './candidate.ts';
import { termHolds } from './label-match.ts';
import { isIntolerable, type NodeRoom } from './node-fit.ts';
import { balanceScores, roomScores } from './room-score.ts';
import { SCORE_MAX, shareOfBest } from './score-scale.ts';
import { spreadScores } from './spread-score.ts';

/** kube-scheduler's defaults. Its scores for images and devices are left out: no node here has any before a pod asks. */
const SCORERS: readonly { readonly weight: number; readonly scores: Scorer }[] = [
  { weight: 3, scores: taintScores },
  { weight: 2, scores: nodeAffinityScores },
  { weight: 1, scores: roomScores },
  { weight: 2, scores: spreadScores },
  { weight: 2, scores: affinityScores },
  { weight: 1, scores: balanceScores },
];

/** The room that kube-scheduler would take, of equals the first, where the real one draws lots; undefined when there is none. */
export function bestRoom(candidate: Candidate, rooms: readonly NodeRoom[]): NodeRoom | undefined {
  if (rooms.length < 2) return rooms[0];
  const totals = rooms.map(() => 0);
  for (const { weight, scores } of SCORERS) {
    for (const [index, score] of scores(candidate, rooms).entries())
      totals[index] = (totals[index] ?? 0) + weight * score;
  }
  return rooms[totals.indexOf(Math.max(...totals))];
}

/** The fewer taints that only ask to stay away, the better. */
function taintScores({ pod }: Candidate, rooms: readonly NodeRoom[]): readonly number[] {
  const counts = rooms.map(
    ({ node }) =>
      (node.spec?.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule' && isIntolerable(pod, taint))
        .length,
  );
  return shareOfBest(counts).map((share) => SCORE_MAX - share);
}

interface WishedNodes {
  readonly weight: number;
  readonly preference: NodeSelectorTerm;
}

/** The more weight of the pod's preferred node affinity, the better. */
function nodeAffinityScores({ pod }: Candidate, rooms: readonly NodeRoom[]): readonly number[] {
  const wishes = (pod.spec.affinity?.nodeAffinity?.['preferredDuringSchedulingIgnoredDuringExecution'] ??
    []) as readonly WishedNodes[];
  return shareOfBest(
    rooms.map(({ node: { metadata } }) =>
      wishes
        .filter(({ preference }) => termHolds(preference, metadata.name, metadata.labels ?? {}))
        .reduce((sum, { weight }) => sum + weight, 0),
    ),
  );
}
