import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePorts } from '../../sandbox/free-ports.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { untilEstablished } from '../cluster/established.ts';
import { isOk, logTailsOf, partFromEnvironment, startPart, untilWell } from '../cluster/part.ts';

const HOST = '127.0.0.1';
export const FLUX_NAMESPACE = 'flux-system';
/** Two seconds on an idle machine. */
const START_MS_MAX = 90_000;
/** How often a Kustomization looks again at the one that it waits for; Flux's default is 30 s. */
const DEPENDENCY_SECONDS = 1;

/** A running kustomize-controller. Sources are played by the tests: an artifact on loopback and its description in a GitRepository. */
export interface Flux {
  /** The end of its log, for a test that has failed. */
  logTails(): string;
  /** Ends the process and removes its files. */
  stop(): Promise<void>;
}

/** Installs Flux's CRDs and starts kustomize-controller on free loopback ports. */
export async function startFlux(controlPlane: ControlPlane): Promise<Flux> {
  const binary = partFromEnvironment('FLUX_BINARY');
  const { kubeconfigPath, kubectl } = controlPlane;
  await kubectl('create', 'namespace', FLUX_NAMESPACE);
  const crds = join(dirname(binary), 'crds');
  for (const controller of ['source-controller', 'kustomize-controller']) {
    await kubectl('apply', '--server-side', '-f', join(crds, controller));
  }
  await untilEstablished(controlPlane);
  const folder = mkdtempSync(join(tmpdir(), 'flux-'));
  const { health } = await freePorts(['health']);
  const controller = startPart({
    name: 'kustomize-controller',
    folder,
    command: binary,
    args: [
      '--metrics-addr=0',
      `--health-addr=${HOST}:${health}`,
      '--events-addr=',
      `--requeue-dependency=${DEPENDENCY_SECONDS}s`,
      '--no-remote-bases',
    ],
    env: { KUBECONFIG: kubeconfigPath, RUNTIME_NAMESPACE: FLUX_NAMESPACE, TMPDIR: folder },
  });
  const stop = async () => {
    await controller.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilWell([controller], () => isOk(`http://${HOST}:${health}/readyz`), START_MS_MAX);
  } catch (error) {
    await stop();
    throw error;
  }
  return { logTails: () => logTailsOf([controller]), stop };
}
