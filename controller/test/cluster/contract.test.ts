import { join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { type ApiSubject, apiSubject } from '../kube-contract/api-subject.ts';
import { MACHINES } from '../kube-contract/contract-objects.ts';
import { describeKubeContract } from '../kube-contract/kube-contract.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { untilEstablished } from './established.ts';

const START_MS_MAX = 180_000;
const CRDS = join(import.meta.dirname, '..', '..', '..', 'manifests', 'crds');

describe('a real kube-apiserver', () => {
  let controlPlane: ControlPlane;
  let api: ApiSubject;

  beforeAll(async () => {
    controlPlane = await startControlPlane({ controllerManager: true });
    await controlPlane.kubectl('apply', '--server-side', '-f', CRDS);
    await untilEstablished(controlPlane);
    const { server, token, certificateAuthorityPem } = controlPlane;
    api = apiSubject({ url: server, token, ca: certificateAuthorityPem });
  }, START_MS_MAX);

  afterAll(() => controlPlane?.stop());

  // The cache of a custom kind begins when that is defined, long after version 1.
  describeKubeContract(
    () => api,
    () => Promise.resolve(MACHINES),
  );
});
