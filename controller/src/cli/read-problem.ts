import { basename, dirname, resolve } from 'node:path';
import { Field } from '../decode/field.ts';
import { ClusterState } from '../state/cluster-state.ts';
import type { StorageKind } from '../state/storage-index.ts';
import {
  type ProvisionerTemplate,
  readDaemonSetObject,
  readNamespaceObject,
  readNodeObject,
  readProvisioner,
} from './cluster-objects.ts';
import { type FileFindings, Findings, insideOf } from './findings.ts';
import { type InstanceTypeRecord, instanceTypesOf, readInstanceType } from './instance-type-records.ts';
import type { JsonPart } from './json-parts.ts';
import { PodIntake } from './pod-intake.ts';
import type { PreferencePolicy, Problem } from './problem.ts';
import { partsOf, STDIN_PATH } from './problem-parts.ts';
import { STORAGE_LISTS, StorageIntake } from './storage-intake.ts';

const FORMAT = 1;
const POLICIES: readonly PreferencePolicy[] = ['Respect', 'Ignore'];

/**
 * Reads the problem that the files together state: lists are joined in the order of the files. `-` is standard input. Returns
 * everything that is wrong instead, one line each, when anything is.
 */
export function readProblem(paths: readonly string[]): Problem | readonly string[] {
  const reader = new ProblemReader();
  for (const path of paths) reader.read(path);
  return reader.finish();
}

type Take = (field: Field, findings: FileFindings, path: string) => void;

/** A problem while it is read. */
class ProblemReader {
  readonly #findings = new Findings();
  readonly #state = new ClusterState();
  readonly #storage = new StorageIntake(this.#state);
  readonly #pods = new PodIntake(this.#state, this.#storage);
  readonly #types: InstanceTypeRecord[] = [];
  readonly #provisioners: ProvisionerTemplate[] = [];
  readonly #paths: string[] = [];
  /** Names taken, by the kind they name. */
  readonly #names = new Map<string, Set<string>>();
  #name: string | undefined;
  #policy: PreferencePolicy | undefined;
  #hasProvisioner = false;
  #hasInstanceTypes = false;
  #isComplete = true;

  /** What is done with each element of a list. */
  readonly #lists: ReadonlyMap<string, Take> = new Map<string, Take>([
    ['instanceTypes', (field, findings) => this.#addInstanceType(field, findings)],
    ['provisioners', (field, findings) => this.#addProvisioner(field, findings)],
    ['namespaces', (field, findings) => this.#addNamespace(field, findings)],
    ['nodes', (field, findings) => this.#addNode(field, findings)],
    ['daemonSets', (field, findings) => this.#addDaemonSet(field, findings)],
    ['pods', (field, findings) => this.#pods.add(field, findings)],
    ['podSets', (field, findings) => this.#pods.addSet(field, findings)],
    ...[...STORAGE_LISTS].map(([list, kind]): [string, Take] => [
      list,
      (field, findings) => this.#addStorage(kind, field, findings),
    ]),
  ]);

  /** What is done with each other field. */
  readonly #values: ReadonlyMap<string, Take> = new Map<string, Take>([
    ['format', readFormat],
    ['name', (field, findings) => this.#readName(field, findings)],
    ['seed', () => undefined], // says how the file was made
    ['options', (field, findings) => this.#readOptions(field, findings)],
    ['instanceTypesFile', (field, findings, path) => this.#readInstanceTypesFile(field, findings, path)],
  ]);

  read(path: string): void {
    this.#paths.push(path);
    const findings = this.#findings.in(path);
    const parts = partsOf(path, findings);
    let next = parts.next();
    for (; next.done !== true; next = parts.next()) this.#take(next.value, findings, path);
    this.#isComplete &&= next.value;
  }

  finish(): Problem | readonly string[] {
    const pending = this.#isComplete ? this.#pods.finish() : [];
    if (this.#isComplete) {
      this.#storage.finish();
      this.#requireBasics();
    }
    if (!this.#findings.isEmpty) return this.#findings.lines();
    return {
      name: this.#name ?? '',
      files: this.#paths.map((path) => basename(path)),
      provisioners: this.#provisioners,
      instanceTypes: instanceTypesOf(this.#types),
      state: this.#state,
      boundPodCount: this.#pods.boundCount,
      pending,
      preferencePolicy: this.#policy ?? 'Respect',
    };
  }

  #requireBasics(): void {
    const findings = this.#findings.in(this.#paths.join(', '));
    if (!this.#hasProvisioner) findings.add('provisioners', 'needs at least one Provisioner');
    if (!this.#hasInstanceTypes) findings.add('instanceTypes', 'needs instance types, here or in an instanceTypesFile');
  }

  #take(part: JsonPart, findings: FileFindings, path: string): void {
    const { key } = part;
    if (part.kind === 'element') {
      this.#lists.get(key)?.(new Field(`${key}[${part.index}]`, part.value), findings, path);
      return;
    }
    if (key === 'instanceTypes') this.#hasInstanceTypes = true;
    const storageKind = STORAGE_LISTS.get(key);
    if (storageKind !== undefined) this.#storage.lists(storageKind);
    const takeValue = this.#values.get(key);
    if (takeValue) takeValue(new Field(key, part.kind === 'value' ? part.value : []), findings, path);
    else if (!this.#lists.has(key)) findings.add(key, 'unknown field');
    else if (part.kind === 'value' && part.value !== null) findings.add(key, 'must be a list');
  }

  #readName(field: Field, findings: FileFindings): void {
    const name = findings.read(() => field.text());
    this.#name ??= name;
  }

  #readOptions(options: Field, findings: FileFindings): void {
    const entries = findings.read(() => options.entries());
    if (entries === undefined) return;
    for (const [name] of entries) {
      if (name !== 'preferencePolicy') findings.add(`options.${name}`, 'unknown field');
    }
    const policy = findings.read(() => options.at('preferencePolicy').oneOf(POLICIES, 'Respect'));
    if (policy !== undefined && this.#policy !== undefined && policy !== this.#policy) {
      findings.add('options.preferencePolicy', `is ${policy}, where another file says ${this.#policy}`);
    }
    this.#policy ??= policy;
  }

  #readInstanceTypesFile(field: Field, findings: FileFindings, path: string): void {
    this.#hasInstanceTypes = true;
    const stated = findings.read(() => field.text());
    if (stated === undefined) return;
    const typesPath = resolve(path === STDIN_PATH ? '.' : dirname(path), stated);
    const parts = partsOf(typesPath, this.#findings.in(typesPath));
    let hasList = false;
    for (const part of parts) {
      if (part.key !== 'instanceTypes') continue;
      hasList ||= part.kind === 'list';
      this.#take(part, this.#findings.in(typesPath), typesPath);
    }
    if (!hasList) findings.add('instanceTypesFile', `${stated} holds no list of instanceTypes`);
  }

  #addInstanceType(field: Field, findings: FileFindings): void {
    const record = readInstanceType(field, findings);
    if (record === undefined) return;
    this.#takeName('instance type', record.name, insideOf(field, 'name'), findings);
    this.#types.push(record);
  }

  #addProvisioner(field: Field, findings: FileFindings): void {
    this.#hasProvisioner = true;
    const template = readProvisioner(field, findings);
    if (template === undefined) return;
    this.#takeName('Provisioner', template.name, insideOf(field, 'metadata.name'), findings);
    this.#provisioners.push(template);
  }

  #addNamespace(field: Field, findings: FileFindings): void {
    const object = readNamespaceObject(field, findings);
    if (object === undefined) return;
    this.#takeName('namespace', object.metadata.name, insideOf(field, 'metadata.name'), findings);
    this.#state.apply({ type: 'changed', kind: 'Namespace', object });
  }

  #addNode(field: Field, findings: FileFindings): void {
    const object = readNodeObject(field, findings);
    if (object === undefined) return;
    this.#takeName('node', object.metadata.name, insideOf(field, 'metadata.name'), findings);
    this.#state.apply({ type: 'changed', kind: 'Node', object });
  }

  #addDaemonSet(field: Field, findings: FileFindings): void {
    const object = readDaemonSetObject(field, findings);
    if (object === undefined) return;
    const { namespace, name } = object.metadata;
    this.#takeName('DaemonSet', `${namespace}/${name}`, insideOf(field, 'metadata.name'), findings);
    this.#state.apply({ type: 'changed', kind: 'DaemonSet', object });
  }

  #addStorage(kind: StorageKind, field: Field, findings: FileFindings): void {
    const key = this.#storage.add(kind, field, findings);
    if (key !== undefined) this.#takeName(kind, key, insideOf(field, 'metadata.name'), findings);
  }

  #takeName(kind: string, name: string, path: string, findings: FileFindings): void {
    const names = this.#names.get(kind) ?? new Set();
    if (names.has(name)) findings.add(path, `another ${kind} is named ${name} already`);
    this.#names.set(kind, names.add(name));
  }
}

function readFormat({ value }: Field, findings: FileFindings): void {
  if (value !== FORMAT) findings.add('format', `must be ${FORMAT}, is ${JSON.stringify(value)}`);
}
