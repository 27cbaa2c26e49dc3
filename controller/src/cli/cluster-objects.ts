import type { KubeObject } from '../api/meta.ts';
import { PROVISIONER_NAME_LABEL } from '../api/names.ts';
import type { Provisioner } from '../api/provisioner.gen.ts';
import { intersectAll, requirementsOf, requirementsOfLabels } from '../core/requirements.ts';
import { decodeDaemonSet } from '../decode/daemonset.ts';
import { readExpressions, readSelector } from '../decode/expressions.ts';
import { Field } from '../decode/field.ts';
import { decodeNode } from '../decode/node.ts';
import { type DecodedProvisioner, decodeProvisioner } from '../decode/provisioner.ts';
import { readTaints } from '../decode/taints.ts';
import { isUndecodable } from '../decode/undecodable.ts';
import { type FileFindings, insideOf } from './findings.ts';
import { amountProblems, provisionerPartProblems } from './part-problems.ts';

// Provisioners, nodes, namespaces and DaemonSets of a problem: read by the decoders of the controller, which refuse what cannot be computed with.
// In a cluster one such object is refused alone; in a file everything wrong is told.

/** A Provisioner without what its instance types and its nodes add. */
export type ProvisionerTemplate = DecodedProvisioner['template'];

/**
 * Reads a Provisioner as it stands: unlike one in a cluster it gets no default requirements. Undefined when something is wrong, which
 * is taken down.
 */
export function readProvisioner(field: Field, findings: FileFindings): ProvisionerTemplate | undefined {
  const name = findings.read(() => field.at('metadata').at('name').text());
  if (name === undefined) return undefined;
  const decoded = decodeProvisioner(field.value as Provisioner);
  if (isUndecodable(decoded)) {
    findings.addObject(field, decoded, provisionerPartProblems(new Field('', field.value)));
    return undefined;
  }
  const spec = field.at('spec');
  const labels = { ...readSelector(spec.at('labels')), [PROVISIONER_NAME_LABEL]: name };
  const requirements = intersectAll(
    requirementsOf(readExpressions(spec.at('requirements'))),
    requirementsOfLabels(labels),
  );
  return { ...decoded.template, requirements };
}

/** Reads a Node; undefined when something is wrong, which is taken down. */
export function readNodeObject(field: Field, findings: FileFindings): KubeObject | undefined {
  const name = findings.read(() => field.at('metadata').at('name').text());
  const labels = findings.read(() => field.at('metadata').at('labels').textMap());
  const taints = findings.read(() => readTaints(field.at('spec').at('taints')));
  const isCordoned = findings.read(() => field.at('spec').at('unschedulable').flag());
  const status = findings.read(() => field.at('status'));
  const amounts = ['capacity', 'allocatable'].flatMap((list) => amountProblems(status?.at(list)));
  for (const { path, message } of amounts) findings.add(path, message);
  const parts = [name, labels, taints, isCordoned, status];
  if (amounts.length > 0 || parts.includes(undefined)) return undefined;
  const object = field.value as KubeObject;
  // The decoder takes a node that it cannot read for a cordoned one.
  if (decodeNode(object).unschedulable === isCordoned) return object;
  findings.add(field.path, 'is no node that can be read');
  return undefined;
}

/** Reads a Namespace; undefined when something is wrong, which is taken down. */
export function readNamespaceObject(field: Field, findings: FileFindings): KubeObject | undefined {
  const name = findings.read(() => field.at('metadata').at('name').text());
  const labels = findings.read(() => field.at('metadata').at('labels').textMap());
  return name === undefined || labels === undefined ? undefined : (field.value as KubeObject);
}

/** Reads a DaemonSet; undefined when something is wrong, which is taken down. */
export function readDaemonSetObject(field: Field, findings: FileFindings): KubeObject | undefined {
  const name = findings.read(() => field.at('metadata').at('name').text());
  const namespace = findings.read(() => field.at('metadata').at('namespace').text('default'));
  if (name === undefined || namespace === undefined) return undefined;
  const { metadata, ...rest } = field.value as KubeObject;
  const uid = metadata.uid ?? `daemon-${namespace}-${name}`;
  const object = { ...rest, metadata: { ...metadata, name, namespace, uid } };
  const daemon = decodeDaemonSet(object);
  if (!isUndecodable(daemon)) return object;
  findings.add(insideOf(field, daemon.path), daemon.message);
  return undefined;
}
