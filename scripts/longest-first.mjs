// The order in which jest starts test files: those that take a minute or more first, so that none of them is left to run alone at the
// end. jest itself goes by the size of files where it has no memory of an earlier run, as in every CI.
import Sequencer from '@jest/test-sequencer';

/** Seconds on two cores with nothing beside; only their order counts. Files that are not named take less than a minute. */
const SECONDS = new Map([
  ['cluster/api-faults', 304],
  ['cluster/pruning', 184],
  ['cluster/failures', 180],
  ['cluster/kill', 175],
  ['cluster/load', 170],
  ['cluster/pause', 160],
  ['pulumi/whole-path', 155],
  ['sandbox/load', 155],
  ['cluster/replay', 130],
  ['sandbox/kill', 127],
  ['pulumi/destroy-under-load', 126],
  ['cluster/eviction', 108],
  ['cluster/two-installations', 85],
]);
const secondsOf = ({ path }) => SECONDS.get(/test\/(\w+\/[\w-]+)\.test\.ts$/.exec(path)?.[1]) ?? 0;

export default class LongestFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => secondsOf(b) - secondsOf(a));
  }
}
