import type { KubeObject } from '../../src/api/meta.ts';
import { type FieldShape, modelFields } from './built-in-models.ts';
import { isRecord, type JsonRecord, jsonEqual, listOf, recordOf, valueAt } from './json-value.ts';
import { type LabelSelector, selectorMatches } from './label-selector.ts';
import { type FieldProblem, forbiddenValue, invalidValue, requiredValue, unsupportedValue } from './status-errors.ts';

/** Fields that must be there and not empty, by type: those that users forget. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  V1PodSpec: ['containers'],
  V1Container: ['name', 'image'],
  V1ContainerPort: ['containerPort'],
  V1EnvVar: ['name'],
  V1Volume: ['name'],
  V1VolumeMount: ['name', 'mountPath'],
  V1DeploymentSpec: ['selector', 'template'],
  V1ReplicaSetSpec: ['selector'],
  V1DaemonSetSpec: ['selector', 'template'],
  V1StatefulSetSpec: ['selector', 'template'],
  V1JobSpec: ['template'],
  V1ServicePort: ['port'],
  V1Taint: ['key', 'effect'],
  V1NodeSelectorRequirement: ['key', 'operator'],
  V1LabelSelectorRequirement: ['key', 'operator'],
  V1OwnerReference: ['apiVersion', 'kind', 'name', 'uid'],
  V1TopologySpreadConstraint: ['topologyKey', 'whenUnsatisfiable'],
  V1PodAffinityTerm: ['topologyKey'],
  V1PersistentVolumeClaimSpec: ['accessModes', 'resources'],
};

/** Fields that take one of a few values, by type. */
const SUPPORTED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  V1PodSpec: {
    restartPolicy: ['Always', 'OnFailure', 'Never'],
    dnsPolicy: ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
  },
  V1Taint: { effect: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
  V1Toleration: { operator: ['Exists', 'Equal'], effect: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
  V1Container: { imagePullPolicy: ['Always', 'IfNotPresent', 'Never'] },
  V1ContainerPort: { protocol: ['TCP', 'UDP', 'SCTP'] },
  V1DeploymentStrategy: { type: ['Recreate', 'RollingUpdate'] },
  V1NodeSelectorRequirement: { operator: ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'] },
  V1LabelSelectorRequirement: { operator: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
  V1TopologySpreadConstraint: { whenUnsatisfiable: ['DoNotSchedule', 'ScheduleAnyway'] },
};

const NOT_NEGATIVE = new Set([
  'replicas',
  'parallelism',
  'completions',
  'backoffLimit',
  'terminationGracePeriodSeconds',
  'minReadySeconds',
]);

/** Everything wrong with a built-in object, or with the step from `old` to it. */
export function builtInProblems(model: string, object: KubeObject, old: KubeObject | undefined): FieldProblem[] {
  return [...fieldProblems({ kind: 'model', model }, object, ''), ...kindProblems(object, old)];
}

function fieldProblems(shape: FieldShape, value: unknown, path: string): FieldProblem[] {
  if (shape.kind === 'list')
    return listOf(value).flatMap((item, i) => fieldProblems(shape.items, item, `${path}[${i}]`));
  if (shape.kind === 'map')
    return Object.entries(recordOf(value)).flatMap(([key, item]) =>
      fieldProblems(shape.values, item, `${path}.${key}`),
    );
  if (shape.kind !== 'model' || !isRecord(value)) return [];
  const inside = (name: string) => (path === '' ? name : `${path}.${name}`);
  const problems: FieldProblem[] = (REQUIRED[shape.model] ?? [])
    .filter((name) => isEmpty(value[name]))
    .map((name) => requiredValue(inside(name)));
  for (const [name, supported] of Object.entries(SUPPORTED[shape.model] ?? {})) {
    const found = value[name];
    if (found !== undefined && found !== '' && !supported.includes(String(found)))
      problems.push(unsupportedValue(inside(name), found, supported));
  }
  for (const [name, field] of modelFields(shape.model)) {
    const item = value[name];
    if (item === undefined) continue;
    if (NOT_NEGATIVE.has(name) && typeof item === 'number' && item < 0) {
      problems.push(invalidValue(inside(name), item, 'must be greater than or equal to 0'));
    }
    problems.push(...fieldProblems(field, item, inside(name)));
  }
  return problems;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

function kindProblems(object: KubeObject, old: KubeObject | undefined): FieldProblem[] {
  switch (object.kind) {
    case 'Deployment':
    case 'ReplicaSet':
    case 'DaemonSet':
    case 'StatefulSet':
      return [...selectorProblems(object), ...immutableProblems(object, old, ['selector'])];
    case 'Job':
      return immutableProblems(object, old, ['selector', 'template', 'completions']);
    case 'Pod':
      return podProblems(object, old);
    case 'PodDisruptionBudget':
      return budgetProblems(recordOf(object.spec));
    default:
      return [];
  }
}

function selectorProblems(object: KubeObject): FieldProblem[] {
  const spec = recordOf(object.spec);
  const selector = recordOf(spec.selector);
  if (Object.keys(recordOf(selector.matchLabels)).length === 0 && listOf(selector.matchExpressions).length === 0) {
    return spec.selector === undefined
      ? []
      : [invalidValue('spec.selector', selector, 'empty selector is invalid for deployment')];
  }
  const labels = recordOf(valueAt(spec, 'template', 'metadata', 'labels')) as Record<string, string>;
  if (selectorMatches(selector as LabelSelector, labels)) return [];
  return [invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
}

function immutableProblems(object: KubeObject, old: KubeObject | undefined, fields: readonly string[]): FieldProblem[] {
  if (old === undefined) return [];
  const [spec, before] = [recordOf(object.spec), recordOf(old.spec)];
  return fields
    .filter((field) => !jsonEqual(spec[field], before[field]))
    .map((field) => invalidValue(`spec.${field}`, spec[field], 'field is immutable'));
}

/** What a pod's spec may change after creation. Binding is `nodeName` set once. */
const CHANGEABLE_POD_FIELDS = new Set([
  'activeDeadlineSeconds',
  'terminationGracePeriodSeconds',
  'tolerations',
  'schedulingGates',
]);

function podProblems(object: KubeObject, old: KubeObject | undefined): FieldProblem[] {
  const containers = [...listOf(valueAt(object.spec, 'initContainers')), ...listOf(valueAt(object.spec, 'containers'))];
  const names = containers.map((container) => valueAt(container, 'name'));
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i);
  const duplicates: FieldProblem[] =
    twice < 0
      ? []
      : [
          {
            field: `spec.containers[${twice}].name`,
            reason: 'FieldValueDuplicate',
            message: `Duplicate value: ${JSON.stringify(names[twice])}`,
          },
        ];
  if (old === undefined || samePodSpec(recordOf(object.spec), recordOf(old.spec))) return duplicates;
  const why =
    'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,' +
    '`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
  return [...duplicates, forbiddenValue('spec', why)];
}

function samePodSpec(spec: JsonRecord, before: JsonRecord): boolean {
  return [...new Set([...Object.keys(spec), ...Object.keys(before)])].every((field) => {
    if (CHANGEABLE_POD_FIELDS.has(field)) return true;
    if (field === 'nodeName' && (before.nodeName ?? '') === '') return true;
    if (field === 'containers' || field === 'initContainers')
      return jsonEqual(imageless(spec[field]), imageless(before[field]));
    return jsonEqual(spec[field], before[field]);
  });
}

function imageless(containers: unknown): unknown {
  return listOf(containers).map((container) => ({
    ...recordOf(container),
    image: undefined,
    imagePullPolicy: undefined,
  }));
}

function budgetProblems(spec: JsonRecord): FieldProblem[] {
  if (spec.minAvailable === undefined || spec.maxUnavailable === undefined) return [];
  return [invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set')];
}
