import type { KubeObject } from '../api/meta.ts';
import type { Expression } from '../core/requirements.ts';
import { parseAmount } from '../core/resources.ts';
import { Field } from './field.ts';
import { readPodLabels } from './pod-selector.ts';
import { attempt, fail, type Undecodable } from './undecodable.ts';

/** Where kube-scheduler notes the node for which a volume is being made; until it is there the pod can go nowhere else. */
const SELECTED_NODE_ANNOTATION = 'volume.kubernetes.io/selected-node';
/** Older than `spec.storageClassName`, and still before it. */
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

const ONE_POD_MODE = 'ReadWriteOncePod';

/** What an unbound claim asks of a volume that is there already. */
export interface VolumeWish {
  readonly storageBytes: number;
  /** Sorted. */
  readonly accessModes: readonly string[];
  readonly mode: string;
  /** On the volume's labels. */
  readonly selector: readonly Expression[];
}

/** A PersistentVolumeClaim, as far as it decides where pods go. */
export interface DecodedClaim {
  /** The PersistentVolume that it has, or that it insists on. */
  readonly volumeName?: string;
  /** Empty: it wants no class. Absent: the default one. */
  readonly className?: string;
  readonly selectedNode?: string;
  readonly isDeleting: boolean;
  /** No two pods may have it at a time. */
  readonly isForOnePod: boolean;
  /** UID of its controller; the pod's own for an ephemeral volume. */
  readonly controllerUid?: string;
  /** While it has no volume. */
  readonly wish?: VolumeWish;
}

/** Returns what our decisions need of a core/v1 PersistentVolumeClaim, or the field that cannot be read. */
export function decodeClaim(object: KubeObject): DecodedClaim | Undecodable {
  return attempt(() => {
    const claim = new Field('', object);
    const metadata = claim.at('metadata');
    const spec = claim.at('spec');
    const annotations = metadata.at('annotations').textMap();
    const volumeName = spec.at('volumeName').text('') || undefined;
    const className = annotations[CLASS_ANNOTATION] ?? spec.at('storageClassName').optionalText();
    const selectedNode = annotations[SELECTED_NODE_ANNOTATION];
    const owners = metadata.at('ownerReferences').items();
    const controllerUid = owners
      .find((owner) => owner.at('controller').flag())
      ?.at('uid')
      .text('');
    return {
      ...(volumeName === undefined ? { wish: readWish(spec) } : { volumeName }),
      ...(className === undefined ? {} : { className }),
      ...(selectedNode === undefined ? {} : { selectedNode }),
      isDeleting: !metadata.at('deletionTimestamp').isAbsent,
      isForOnePod: spec.at('accessModes').texts().includes(ONE_POD_MODE),
      ...(controllerUid === undefined ? {} : { controllerUid }),
    };
  });
}

function readWish(spec: Field): VolumeWish {
  const selector = spec.at('selector');
  const labels = selector.isAbsent ? [] : readPodLabels(new Field('', { labelSelector: selector.value }), {});
  return {
    storageBytes: readStorage(spec.at('resources').at('requests').at('storage')),
    accessModes: spec.at('accessModes').texts().sort(),
    mode: spec.at('volumeMode').text('Filesystem'),
    selector: labels === 'nothing' ? [] : labels,
  };
}

/** Returns an amount of storage in bytes, 0 when it is absent, inside an `attempt`. */
export function readStorage(field: Field): number {
  const { value } = field;
  if (value === undefined) return 0;
  const isQuantity = typeof value === 'string' || typeof value === 'number';
  const bytes = isQuantity ? parseAmount('storage', value, 'down') : undefined;
  return bytes ?? fail(field.path, `must be a quantity, is ${JSON.stringify(value)}`);
}
