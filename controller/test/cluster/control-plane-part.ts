import { type Part, partFromEnvironment, startPart } from './part.ts';

/** Starts one process of the control plane; all of them are in one program, whose first argument picks the process. */
export function startControlPlanePart(name: string, folder: string, flags: readonly string[]): Part {
  return startPart({ name, folder, command: partFromEnvironment('CONTROL_PLANE_BINARY'), args: [name, ...flags] });
}
