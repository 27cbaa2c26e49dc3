import type { ContainerManifest, PodSpecManifest } from '../problem/problem-file.ts';

/** Amounts by resource, exact: in billionths, the finest step the API knows. */
export type Amounts = ReadonlyMap<string, bigint>;

const STEPS: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 1_000n,
  m: 1_000_000n,
  '': 10n ** 9n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: 1024n * 10n ** 9n,
  Mi: 1024n ** 2n * 10n ** 9n,
  Gi: 1024n ** 3n * 10n ** 9n,
  Ti: 1024n ** 4n * 10n ** 9n,
  Pi: 1024n ** 5n * 10n ** 9n,
  Ei: 1024n ** 6n * 10n ** 9n,
};
const QUANTITY = /^(\d+)(?:\.(\d+))?([A-Za-z]*)$/;
const ONE = STEPS[''] as bigint;
/** Kubernetes lets a pod state these for all its containers together. */
const POD_LEVEL = /^(cpu|memory|hugepages-.*)$/;

/** The amounts of a resource list. Throws on a quantity that it cannot read: then it can judge nothing. */
export function amountsOf(list: Readonly<Record<string, string>> = {}): Amounts {
  return new Map(Object.entries(list).map(([name, text]) => [name, nanoOf(text)]));
}

function nanoOf(text: string): bigint {
  const [, whole = '', fraction = '', suffix = ''] = QUANTITY.exec(String(text)) ?? [];
  const step = STEPS[suffix];
  if (whole === '' || step === undefined) throw new Error(`no quantity: ${text}`);
  return (BigInt(whole + fraction) * step) / 10n ** BigInt(fraction.length);
}

/** The sum, by resource. */
export function sumOf(list: Iterable<Amounts>): Amounts {
  const sum = new Map<string, bigint>();
  for (const amounts of list) {
    for (const [name, nano] of amounts) sum.set(name, (sum.get(name) ?? 0n) + nano);
  }
  return sum;
}

/** `from` less `taken`, nothing below 0. */
export function rest(from: Amounts, taken: Amounts): Amounts {
  return new Map(
    [...from].map(([name, nano]) => {
      const left = nano - (taken.get(name) ?? 0n);
      return [name, left > 0n ? left : 0n];
    }),
  );
}

/** The larger of both, by resource. */
function largerOf(left: Amounts, right: Amounts): Amounts {
  const names = new Set([...left.keys(), ...right.keys()]);
  return new Map([...names].map((name) => [name, max(left.get(name) ?? 0n, right.get(name) ?? 0n)]));
}

/** Resources of which `wanted` is more than `room`, in words. */
export function lacking(wanted: Amounts, room: Amounts): string[] {
  return [...wanted].flatMap(([name, nano]) =>
    nano > (room.get(name) ?? 0n) ? [`${name} ${written(nano)} > ${written(room.get(name) ?? 0n)}`] : [],
  );
}

function written(nano: bigint): string {
  return String(Number(nano) / Number(ONE));
}

/**
 * What kube-scheduler counts for a pod: its containers and sidecars at work, or the largest moment of its start, whichever is more; its own
 * statement where it makes one; overhead; one of `pods`.
 */
export function requestOf(spec: PodSpecManifest): Amounts {
  let request = requests.get(spec);
  if (request === undefined) {
    request = countRequest(spec);
    requests.set(spec, request);
  }
  return request;
}

/** Each pod is asked several times, and reading its quantities takes longer than all else about it. */
const requests = new WeakMap<PodSpecManifest, Amounts>();

function countRequest(spec: PodSpecManifest): Amounts {
  let sidecars: Amounts = new Map();
  let start: Amounts = new Map();
  for (const init of spec.initContainers ?? []) {
    const request = containerRequest(init);
    if (init.restartPolicy === 'Always') sidecars = sumOf([sidecars, request]);
    else start = largerOf(start, sumOf([sidecars, request]));
  }
  const work = sumOf([...spec.containers.map(containerRequest), sidecars]);
  const stated = [...containerRequest({ resources: spec.resources ?? {} })].filter(([name]) => POD_LEVEL.test(name));
  const whole = new Map([...largerOf(work, start), ...stated]);
  return sumOf([whole, amountsOf(spec.overhead), new Map([['pods', ONE]])]);
}

/** A limit without a request is one. */
function containerRequest({ resources = {} }: Pick<ContainerManifest, 'resources'>): Amounts {
  return amountsOf({ ...resources.limits, ...resources.requests });
}

function max(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
