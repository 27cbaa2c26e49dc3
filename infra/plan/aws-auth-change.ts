import { withMapping, withoutMapping } from './aws-auth.ts';

// What to write into the ConfigMap aws-auth so that one mapping is there, or no longer there. The ConfigMap belongs to everybody: only
// `data.mapRoles` and one annotation of ours are ever named in a patch, and always with the resourceVersion that was read.

export const AWS_AUTH = { namespace: 'kube-system', name: 'aws-auth' } as const;

/** The one annotation: what we made there and for which role, so that a run that died after writing knows its own work again. */
export const MADE_ANNOTATION = 'karpenter-gitops/aws-auth-made';

/** As much of the live ConfigMap as matters. */
export interface AwsAuth {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** The largest thing that was not there before us, and so goes with the mapping once nobody else uses it. */
export type Made = 'configMap' | 'mapRoles' | 'entry' | 'nothing';

/** What is remembered of a mapping. `configMapUid` tells a ConfigMap that we made from one that has taken its place. */
export interface MappingState {
  readonly roleArn: string;
  readonly made: Made;
  readonly configMapUid: string;
}

export type AwsAuthChange =
  | { readonly kind: 'none' }
  | { readonly kind: 'create'; readonly body: object }
  | { readonly kind: 'patch'; readonly body: object }
  | { readonly kind: 'delete'; readonly preconditions: { readonly uid: string; readonly resourceVersion: string } };

/**
 * The change after which the role is mapped, and what is ours then. `previous` is what an earlier run has left: its role goes in the
 * same write. An equal mapping of somebody else is left to them. Throws MapRolesRefused when the text cannot be changed safely.
 */
export function planMapping(
  live: AwsAuth | undefined,
  roleArn: string,
  previous?: MappingState,
): { readonly change: AwsAuthChange; readonly made: Made } {
  if (live === undefined) {
    const annotations = { [MADE_ANNOTATION]: `configMap ${roleArn}` };
    const body = { metadata: { ...AWS_AUTH, annotations }, data: { mapRoles: withMapping('', roleArn) } };
    return { change: { kind: 'create', body }, made: 'configMap' };
  }
  const text = live.data?.mapRoles;
  const isMoving = previous !== undefined && previous.made !== 'nothing' && !isSame(previous.roleArn, roleArn);
  const base = isMoving ? withoutMapping(text ?? '', previous.roleArn) : (text ?? '');
  const wanted = withMapping(base, roleArn);
  const noted = noteOf(live);
  const known = [noted, previous].find((memory) => memory !== undefined && isSame(memory.roleArn, roleArn))?.made;
  if (wanted === text) return { change: { kind: 'none' }, made: known ?? 'nothing' };
  const made = wanted === base ? (known ?? 'nothing') : madeWithEntry(live, known ?? noted?.made, previous);
  const note = made === 'nothing' ? null : `${made} ${roleArn}`;
  return { change: { kind: 'patch', body: patchOf(live, wanted, note) }, made };
}

/** The change after which nothing of ours is there. Everything that others have written stays, byte for byte. */
export function planUnmapping(live: AwsAuth | undefined, ours: MappingState): AwsAuthChange {
  if (live === undefined || ours.made === 'nothing') return { kind: 'none' };
  const text = live.data?.mapRoles ?? '';
  const rest = withoutMapping(text, ours.roleArn);
  const isOurConfigMap = ours.made === 'configMap' && live.metadata.uid === ours.configMapUid;
  const otherKeys = Object.keys({ ...live.data, ...live.binaryData }).filter((key) => key !== 'mapRoles');
  if (isOurConfigMap && rest === '' && otherKeys.length === 0) {
    const { uid, resourceVersion } = live.metadata;
    return { kind: 'delete', preconditions: { uid, resourceVersion } };
  }
  const isNoted = isSame(noteOf(live)?.roleArn ?? '', ours.roleArn);
  if (rest === text && !isNoted) return { kind: 'none' };
  const ownsKey = isOurConfigMap || ours.made === 'mapRoles';
  return { kind: 'patch', body: patchOf(live, ownsKey && rest === '' ? null : rest, isNoted ? null : undefined) };
}

/** Whether nodes that run as the role can join by the live text. Throws MapRolesRefused when it cannot be read. */
export function isMapped(live: AwsAuth | undefined, roleArn: string): boolean {
  const text = live?.data?.mapRoles;
  return text !== undefined && text !== '' && withMapping(text, roleArn) === text;
}

/** What comes with an entry that is about to be written: its surroundings too, as far as they were not there before us. */
function madeWithEntry(live: AwsAuth, known: Made | undefined, previous: MappingState | undefined): Made {
  const isSameConfigMap = previous === undefined || previous.configMapUid === live.metadata.uid;
  const remembered = known ?? previous?.made;
  if (remembered === 'configMap' && isSameConfigMap) return 'configMap';
  return remembered === 'mapRoles' || live.data?.mapRoles === undefined ? 'mapRoles' : 'entry';
}

/** A merge patch; `null` removes, `undefined` leaves. The server answers 409 when the resourceVersion is no longer the live one. */
function patchOf(live: AwsAuth, mapRoles: string | null, note: string | null | undefined): object {
  const { uid, resourceVersion } = live.metadata;
  const annotations = note === undefined ? {} : { annotations: { [MADE_ANNOTATION]: note } };
  return { metadata: { uid, resourceVersion, ...annotations }, data: { mapRoles } };
}

function noteOf(live: AwsAuth): { readonly made: Made; readonly roleArn: string } | undefined {
  const match = /^(configMap|mapRoles|entry) (\S+)$/.exec(live.metadata.annotations?.[MADE_ANNOTATION] ?? '');
  return match === null ? undefined : { made: match[1] as Made, roleArn: match[2] as string };
}

/** The authenticator does not look at case. */
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
