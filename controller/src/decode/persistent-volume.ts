import { normalizeLabel } from '../api/label-rules.ts';
import type { KubeObject } from '../api/meta.ts';
import { REGION_LABEL, ZONE_LABEL } from '../api/names.ts';
import { type PodVolumes, satisfiableTerms } from '../core/pod-volumes.ts';
import type { Expression } from '../core/requirements.ts';
import { readExpressions } from './expressions.ts';
import { Field } from './field.ts';
import { readStorage } from './persistent-volume-claim.ts';
import { attempt, fail, type Undecodable } from './undecodable.ts';
import { EBS_DRIVER } from './volume-driver.ts';

/** Between the zones of a volume's label that has several. */
const ZONE_SEPARATOR = '__';

/** What a volume offers to claims that have none. */
export interface VolumeOffer {
  readonly className: string;
  readonly storageBytes: number;
  readonly accessModes: readonly string[];
  readonly mode: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `namespace/name` of the only claim that may have it. */
  readonly claim?: string;
}

/** A PersistentVolume, as far as it decides where pods go. */
export interface DecodedVolume {
  /** Any of these must hold of the node; empty: it can be attached anywhere. */
  readonly nodeTerms: PodVolumes['volumeTerms'];
  /** The CSI driver that attaches it. */
  readonly driver?: string;
  /** Unless some claim has it. */
  readonly offer?: VolumeOffer;
}

/** Returns what our decisions need of a core/v1 PersistentVolume, or the field that cannot be read. */
export function decodeVolume(object: KubeObject): DecodedVolume | Undecodable {
  return attempt(() => {
    const volume = new Field('', object);
    const spec = volume.at('spec');
    const labels = volume.at('metadata').at('labels').textMap();
    const driver = driverOf(spec);
    const phase = volume.at('status').at('phase').text('Available');
    return {
      nodeTerms: readNodeTerms(spec.at('nodeAffinity').at('required'), labels),
      ...(driver === undefined ? {} : { driver }),
      ...(phase === 'Available' ? { offer: readOffer(spec, labels) } : {}),
    };
  });
}

function driverOf(spec: Field): string | undefined {
  const inTree = spec.at('awsElasticBlockStore').isAbsent ? undefined : EBS_DRIVER;
  return spec.at('csi').at('driver').optionalText() ?? inTree;
}

/**
 * The terms by `matchExpressions`. One that is empty, or goes by `matchFields`, fits no node: kube-scheduler shows a volume nothing but
 * the node's labels.
 */
function readNodeTerms(required: Field, labels: Readonly<Record<string, string>>): PodVolumes['volumeTerms'] {
  const terms = required.at('nodeSelectorTerms');
  const stated = terms
    .items()
    .filter((term) => term.at('matchFields').items().length === 0 && term.at('matchExpressions').items().length > 0)
    .map((term) => readExpressions(term.at('matchExpressions')));
  if (stated.length === 0 && !required.isAbsent) fail(terms.path, 'no term selects any node');
  const zonal = withZonesOf(labels, stated);
  const satisfiable = satisfiableTerms(zonal);
  if (satisfiable.length === 0 && zonal.length > 0)
    fail(terms.path, 'each term contradicts itself, or a zone among the labels');
  return satisfiable;
}

/** Volumes of before CSI say their zone by labels, which kube-scheduler still heeds. */
function withZonesOf(labels: Readonly<Record<string, string>>, terms: readonly Expression[][]): Expression[][] {
  const zonal = Object.entries(labels)
    .map(([key, value]) => ({ key: normalizeLabel(key), operator: 'In' as const, values: value.split(ZONE_SEPARATOR) }))
    .filter(({ key }) => key === ZONE_LABEL || key === REGION_LABEL);
  if (zonal.length === 0) return [...terms];
  return (terms.length === 0 ? [[]] : terms).map((term) => [...term, ...zonal]);
}

function readOffer(spec: Field, labels: Readonly<Record<string, string>>): VolumeOffer {
  const claim = spec.at('claimRef');
  return {
    className: spec.at('storageClassName').text(''),
    storageBytes: readStorage(spec.at('capacity').at('storage')),
    accessModes: spec.at('accessModes').texts(),
    mode: spec.at('volumeMode').text('Filesystem'),
    labels,
    ...(claim.isAbsent ? {} : { claim: `${claim.at('namespace').text('')}/${claim.at('name').text('')}` }),
  };
}
