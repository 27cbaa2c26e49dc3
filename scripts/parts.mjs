// The real parts that suites run against: what each is built from and where the finished binary lies.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { root } from './install.mjs';

/** The toolchain that go.mod of every part asks for. */
export const GO_VERSION_MIN = '1.26';

const KUBERNETES = { version: '1.36.3', major: '1', minor: '36' };
const KUBERNETES_VERSION_PACKAGE = 'k8s.io/component-base/version';

/**
 * `name` is the folder under tools/ and the binary; `buildMinutes` is CPU time from an empty Go cache, to tell people what they wait
 * for; `env` is the variable by which a suite is told the binary's path.
 */
export const PARTS = [
  {
    name: 'control-plane',
    holds: `etcd, kube-apiserver, kube-controller-manager, kube-scheduler (Kubernetes ${KUBERNETES.version}) and kwok`,
    buildMinutes: 17,
    env: 'CONTROL_PLANE_BINARY',
    goBuildFlags: [
      '-trimpath',
      '-tags=grpcnotrace', // lets the linker drop unused methods: the binary is a third smaller
      `-ldflags=${[
        '-s -w',
        `-X ${KUBERNETES_VERSION_PACKAGE}.gitVersion=v${KUBERNETES.version}`,
        `-X ${KUBERNETES_VERSION_PACKAGE}.gitMajor=${KUBERNETES.major}`,
        `-X ${KUBERNETES_VERSION_PACKAGE}.gitMinor=${KUBERNETES.minor}`,
        `-X ${KUBERNETES_VERSION_PACKAGE}.gitTreeState=clean`,
      ].join(' ')}`,
    ],
  },
];

const cacheRoot = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'karpenter-gitops');

/** The folder with a part's Go module. */
export const sourceDirectory = (part) => join(root, 'tools', part.name);

/** Where the binary of these very sources, flags and platform belongs: a change of any of them is another path. */
export function binaryPath(part) {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([part.goBuildFlags, process.platform, process.arch]));
  for (const file of readdirSync(sourceDirectory(part)).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(sourceDirectory(part), file)));
  }
  return join(cacheRoot(), hash.digest('hex').slice(0, 16), part.name);
}

/** Whether `npm run tools` has built this version of the part. */
export const isBuilt = (part) => existsSync(binaryPath(part));
