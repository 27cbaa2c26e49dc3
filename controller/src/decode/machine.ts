import type { Machine } from '../api/machine.gen.ts';
import { PROVISIONER_NAME_LABEL, RESERVED_CAPACITY_ANNOTATION } from '../api/names.ts';
import { type Requirements, requirementsOf } from '../core/requirements.ts';
import { maxResources, type Resources } from '../core/resources.ts';
import type { Taint } from '../core/taints.ts';
import { readExpressions } from './expressions.ts';
import { Field } from './field.ts';
import { readResources } from './resources.ts';
import { readTaints } from './taints.ts';
import { attempt, fail, type Undecodable } from './undecodable.ts';

/** One condition of a Machine. */
interface DecodedCondition {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** Undefined when the condition does not tell. */
  readonly sinceMs?: number;
}

/** A Machine with all that our decisions ask of it. */
export interface DecodedMachine {
  readonly name: string;
  readonly uid: string;
  /** Empty when its label was removed. */
  readonly provisionerName: string;
  /** Labels its node will have, as far as they are decided. */
  readonly labels: Readonly<Record<string, string>>;
  readonly requirements: Requirements;
  readonly taints: readonly Taint[];
  readonly startupTaints: readonly Taint[];
  /** What it was planned to hold: its pods and daemons. */
  readonly requests: Resources;
  readonly nodeName?: string;
  readonly providerId?: string;
  /** Empty until launched. */
  readonly capacity: Resources;
  readonly allocatable: Resources;
  /** What it counts against limits: its capacity, or its reservation until that is known. */
  readonly countedCapacity: Resources;
  /** By type. */
  readonly conditions: ReadonlyMap<string, DecodedCondition>;
  readonly createdAtMs: number;
  readonly deletionAtMs?: number;
}

/** Returns what our decisions need of a Machine, or the field that cannot be read. */
export function decodeMachine(object: Machine): DecodedMachine | Undecodable {
  return attempt(() => readMachine(new Field('', object)));
}

function readMachine(machine: Field): DecodedMachine {
  const metadata = machine.at('metadata');
  const spec = machine.at('spec');
  const status = machine.at('status');
  const labels = metadata.at('labels').textMap();
  const capacity = readResources(status.at('capacity'), 'down');
  const providerId = status.at('providerID').text('');
  const nodeName = status.at('nodeName').text('');
  const deletionAtMs = metadata.at('deletionTimestamp').optionalTimeMs();
  return {
    name: metadata.at('name').text(),
    uid: metadata.at('uid').text(''),
    provisionerName: labels[PROVISIONER_NAME_LABEL] ?? '',
    labels,
    requirements: requirementsOf(readExpressions(spec.at('requirements'))),
    taints: readTaints(spec.at('taints')),
    startupTaints: readTaints(spec.at('startupTaints')),
    requests: readResources(spec.at('resources').at('requests'), 'up'),
    ...(nodeName === '' ? {} : { nodeName }),
    ...(providerId === '' ? {} : { providerId }),
    capacity,
    allocatable: readResources(status.at('allocatable'), 'down'),
    countedCapacity: Object.keys(capacity).length > 0 ? capacity : readReservation(metadata, spec),
    conditions: readConditions(status.at('conditions')),
    createdAtMs: metadata.at('creationTimestamp').optionalTimeMs() ?? 0,
    ...(deletionAtMs === undefined ? {} : { deletionAtMs }),
  };
}

/** The reservation written at the decision; without one at least what the Machine was planned to hold. */
function readReservation(metadata: Field, spec: Field): Resources {
  const requests = readResources(spec.at('resources').at('requests'), 'up');
  const annotation = metadata.at('annotations').at(RESERVED_CAPACITY_ANNOTATION);
  if (annotation.isAbsent) return requests;
  return maxResources(requests, readResources(new Field(annotation.path, parseJson(annotation)), 'up'));
}

function parseJson(annotation: Field): unknown {
  try {
    return JSON.parse(annotation.text());
  } catch {
    // The parser's own words differ between engines; the path says where to look.
    return fail(annotation.path, 'must be JSON');
  }
}

function readConditions(conditions: Field): ReadonlyMap<string, DecodedCondition> {
  return new Map(
    conditions.items().map((condition) => {
      const sinceMs = condition.at('lastTransitionTime').optionalTimeMs();
      return [
        condition.at('type').text(),
        {
          status: condition.at('status').oneOf(['True', 'False', 'Unknown'] as const),
          reason: condition.at('reason').text(''),
          message: condition.at('message').text(''),
          ...(sinceMs === undefined ? {} : { sinceMs }),
        },
      ];
    }),
  );
}
