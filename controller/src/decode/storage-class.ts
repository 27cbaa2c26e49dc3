import { normalizeLabel } from '../api/label-rules.ts';
import type { KubeObject } from '../api/meta.ts';
import { type PodVolumes, satisfiableTerms } from '../core/pod-volumes.ts';
import type { Expression } from '../core/requirements.ts';
import { Field } from './field.ts';
import { attempt, fail, type Undecodable } from './undecodable.ts';
import { driverOfProvisioner } from './volume-driver.ts';

const DEFAULT_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];
/** Makes no volumes: its claims take those that are there. */
const NO_PROVISIONER = 'kubernetes.io/no-provisioner';
const BINDING_MODES = ['Immediate', 'WaitForFirstConsumer'] as const;

/** A StorageClass, as far as it decides where pods go. */
export interface DecodedStorageClass {
  readonly isDefault: boolean;
  readonly createdAtMs: number;
  /** Claims get their volume when a pod of theirs gets its node, instead of at once. */
  readonly waitsForPod: boolean;
  /** The CSI driver that makes its volumes; undefined when none are made. */
  readonly driver?: string;
  /** Where it makes volumes: any of these must hold of the node; empty: anywhere. */
  readonly nodeTerms: PodVolumes['volumeTerms'];
}

/** Returns what our decisions need of a storage.k8s.io/v1 StorageClass, or the field that cannot be read. */
export function decodeStorageClass(object: KubeObject): DecodedStorageClass | Undecodable {
  return attempt(() => {
    const storageClass = new Field('', object);
    const metadata = storageClass.at('metadata');
    const annotations = metadata.at('annotations').textMap();
    const provisioner = storageClass.at('provisioner').text();
    return {
      isDefault: DEFAULT_ANNOTATIONS.some((name) => annotations[name] === 'true'),
      createdAtMs: metadata.at('creationTimestamp').optionalTimeMs() ?? 0,
      waitsForPod: storageClass.at('volumeBindingMode').oneOf(BINDING_MODES, 'Immediate') === 'WaitForFirstConsumer',
      ...(provisioner === NO_PROVISIONER ? {} : { driver: driverOfProvisioner(provisioner) }),
      nodeTerms: readTopologies(storageClass.at('allowedTopologies')),
    };
  });
}

/** Like the terms of a node affinity; one without expressions fits no node. */
function readTopologies(topologies: Field): PodVolumes['volumeTerms'] {
  const stated = topologies
    .items()
    .map((term) => term.at('matchLabelExpressions').items().map(readExpression))
    .filter((expressions) => expressions.length > 0);
  const terms = satisfiableTerms(stated);
  if (terms.length === 0 && topologies.items().length > 0) fail(topologies.path, 'no term selects any node');
  return terms;
}

function readExpression(item: Field): Expression {
  const values = item.at('values').texts();
  if (values.length === 0) fail(item.at('values').path, 'needs a value');
  return { key: normalizeLabel(item.at('key').text()), operator: 'In', values };
}
