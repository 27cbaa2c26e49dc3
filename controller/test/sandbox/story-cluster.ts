import { watchPlacement } from '../../sandbox/checks/placement.ts';
import { startWireCluster, type WireCluster } from '../../sandbox/wire-cluster.ts';
import { PROVISIONER_NAME_LABEL, ZONE_LABEL } from '../../src/api/names.ts';
import { createKubectl } from './kubectl.ts';

/** Quick for a machine, so that a story has several. */
const BOOT_DELAY_MS = 1_500;
const READY_MS_MAX = 90_000;
/** Of the start of a story: the controller's, and what comes before it. */
export const START_MS_MAX = 120_000;
/** Of one step; what it waits for comes within seconds on a machine with breath. */
export const STEP_MS_MAX = 120_000;

/** What kubectl shows of a pod, as far as stories read it. */
export interface ShownPod {
  readonly name: string;
  readonly nodeName: string;
  readonly phase: string;
}

/** What kubectl shows of a node that a Provisioner made. */
export interface ShownNode {
  readonly name: string;
  readonly zone: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A cluster with the production controller in it, of which a story sees what kubectl shows. */
export interface StoryCluster {
  readonly cluster: WireCluster;
  /** Runs a kubectl command to its end and returns what it prints; `input` is what it reads from `-f -`. Rejects with its complaint. */
  kubectl(command: string, input?: string): Promise<string>;
  pods(): Promise<readonly ShownPod[]>;
  /** The nodes that a Provisioner made. */
  nodes(): Promise<readonly ShownNode[]>;
  /** What was wrong with any binding so far, in words. */
  wrongBindings(): readonly string[];
  close(): Promise<void>;
}

interface Listed {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly phase?: string };
}

/** Starts the cluster; resolves when the controller is ready. */
export async function startStoryCluster(): Promise<StoryCluster> {
  const cluster = await startWireCluster({ bootDelayMs: BOOT_DELAY_MS });
  const client = createKubectl(cluster.kubeUrl);
  const placement = watchPlacement(cluster.store);
  const kubectl = async (command: string, input?: string): Promise<string> => {
    const { code, stdout, stderr } = await client.run(command.split(' '), input);
    if (code !== 0) throw new Error(`kubectl ${command}: ${stderr}`);
    return stdout;
  };
  const items = async (command: string) =>
    (JSON.parse(await kubectl(`get ${command} -o json`)) as { readonly items: readonly Listed[] }).items;
  const close = async () => {
    placement.stop();
    client.close();
    await cluster.close();
  };
  try {
    await cluster.controller.start();
    await cluster.controller.ready(READY_MS_MAX);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    cluster,
    kubectl,
    pods: async () =>
      (await items('pods')).map(({ metadata, spec, status }) => ({
        name: metadata.name,
        nodeName: spec.nodeName ?? '',
        phase: status.phase ?? '',
      })),
    nodes: async () =>
      (await items(`nodes -l ${PROVISIONER_NAME_LABEL}`)).map(({ metadata: { name, labels = {} } }) => ({
        name,
        labels,
        zone: labels[ZONE_LABEL] ?? '',
      })),
    wrongBindings: placement.violations,
    close,
  };
}
