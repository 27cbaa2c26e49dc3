import { INITIALIZED_LABEL } from '../api/names.ts';
import { amountOf } from '../core/resources.ts';
import { isEphemeralTaint, isSameTaint } from '../core/taints.ts';
import type { KnownMachine, KnownNode } from '../state/records.ts';
import type { LoopContext } from './context.ts';
import { stateMachine } from './machine-status.ts';
import type { StepResult } from './machine-step.ts';

/** Declares a node fit for use once it is ready, its start-up taints are gone and the devices it was bought for have shown up. */
export async function initializeMachine(context: LoopContext, name: string): Promise<StepResult> {
  const machine = context.state.machines.get(name)?.machine;
  if (machine === undefined) return {};
  if (machine.conditions.get('MachineInitialized')?.status === 'True') return 'done';
  const node = context.state.nodeByProviderId(machine.providerId ?? '')?.node;
  if (node === undefined) return {};
  const obstacle = obstacleOf(node, machine);
  if (obstacle !== undefined) {
    await stateMachine(context, name, [{ type: 'MachineInitialized', status: 'False', ...obstacle }]);
    return {};
  }
  if (node.labels[INITIALIZED_LABEL] !== 'true') {
    await context.kube.patch(
      { kind: 'Node', name: node.name },
      { metadata: { labels: { [INITIALIZED_LABEL]: 'true' } } },
    );
  }
  await stateMachine(context, name, [{ type: 'MachineInitialized', status: 'True', reason: 'Initialized' }]);
  context.reporter.report('machine.lifecycle', {
    code: 'Initialized',
    message: `node ${node.name} is ready for pods`,
    fields: { machine: name, node: node.name },
    labels: { provisioner: machine.provisionerName },
  });
  return 'done';
}

/** What still keeps the node from use, as reason and message of its condition; undefined when nothing does. */
export function obstacleOf(
  node: KnownNode,
  machine: KnownMachine,
): { readonly reason: string; readonly message: string } | undefined {
  if (!node.isReady) return { reason: 'NodeNotReady', message: `node ${node.name} is not ready` };
  const startup = machine.startupTaints.find((taint) => node.taints.some((present) => isSameTaint(taint, present)));
  if (startup !== undefined) {
    return { reason: 'StartupTaintsExist', message: `startup taint ${startup.key}:${startup.effect} is still there` };
  }
  const ephemeral = node.taints.find(isEphemeralTaint);
  if (ephemeral !== undefined) {
    return { reason: 'KnownEphemeralTaintsExist', message: `taint ${ephemeral.key} is still there` };
  }
  const missing = Object.keys(machine.requests)
    .filter((resource) => amountOf(machine.requests, resource) > 0 && amountOf(node.allocatable, resource) === 0)
    .sort();
  if (missing.length > 0) {
    return { reason: 'ResourceNotRegistered', message: `the node does not offer ${missing.join(', ')} yet` };
  }
  return undefined;
}
