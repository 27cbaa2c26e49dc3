// The real parts that suites run against: what each is built from and where the finished program lies.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from './install.mjs';

/** The toolchain that go.mod of every Go part asks for. */
export const GO_VERSION_MIN = '1.26';

const KUBERNETES = { version: '1.36.3', major: '1', minor: '36' };
const KUBERNETES_VERSION_PACKAGE = 'k8s.io/component-base/version';
const PULUMI_VERSION = '3.259.0';

// grpcnotrace lets the linker drop unused methods: a third smaller.
const SMALL = ['-trimpath', '-tags=grpcnotrace,osusergo'];
const STRIPPED = '-s -w';

/**
 * `name` is the folder under tools/ and the program's file; `buildMinutes` is CPU time from empty caches, to tell people what they
 * wait for; `env` is the variable by which a suite is told the program's path. A Go part is the package `goPackage` of its module;
 * `copies` are folders of modules that the program needs beside it: CRDs and default configuration. Without `goPackage` it is the
 * Python program of that name from tools/<name>/requirements.txt.
 */
export const PARTS = [
  {
    name: 'control-plane',
    holds: `etcd, kube-apiserver, kube-controller-manager, kube-scheduler (Kubernetes ${KUBERNETES.version}) and kwok`,
    buildMinutes: 17,
    env: 'CONTROL_PLANE_BINARY',
    goPackage: '.',
    goBuildFlags: [
      '-trimpath',
      '-tags=grpcnotrace', // lets the linker drop unused methods: the binary is a third smaller
      `-ldflags=${[
        STRIPPED,
        `-X ${KUBERNETES_VERSION_PACKAGE}.gitVersion=v${KUBERNETES.version}`,
        `-X ${KUBERNETES_VERSION_PACKAGE}.gitMajor=${KUBERNETES.major}`,
        `-X ${KUBERNETES_VERSION_PACKAGE}.gitMinor=${KUBERNETES.minor}`,
        `-X ${KUBERNETES_VERSION_PACKAGE}.gitTreeState=clean`,
      ].join(' ')}`,
    ],
  },
  {
    name: 'pulumi',
    holds: `Pulumi's command line and engine ${PULUMI_VERSION}`,
    buildMinutes: 13,
    env: 'PULUMI_BINARY',
    goPackage: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
    goBuildFlags: [
      ...SMALL,
      `-ldflags=${STRIPPED} -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${PULUMI_VERSION}`,
    ],
  },
  {
    name: 'pulumi-resource-kubernetes',
    holds: "Pulumi's Kubernetes provider",
    buildMinutes: 10,
    env: 'PULUMI_KUBERNETES_BINARY',
    goPackage: '.',
    goBuildFlags: [...SMALL, `-ldflags=${STRIPPED}`],
    // The one version of the provider that the proxy serves is unknown to the checksum database; go.sum pins it all the same.
    goEnvironment: { GONOSUMDB: 'github.com/pulumi/*' },
  },
  {
    name: 'kustomize-controller',
    holds: "Flux's kustomize-controller 1.9.5, and the CRDs of it and of source-controller",
    buildMinutes: 9,
    env: 'FLUX_BINARY',
    goPackage: 'github.com/fluxcd/kustomize-controller',
    goBuildFlags: [...SMALL, `-ldflags=${STRIPPED}`],
    copies: [
      { module: 'github.com/fluxcd/kustomize-controller', from: 'config/crd/bases', to: 'crds/kustomize-controller' },
      { module: 'github.com/fluxcd/source-controller', from: 'config/crd/bases', to: 'crds/source-controller' },
    ],
  },
  {
    name: 'argocd',
    holds: "Argo CD's application-controller and repo-server 3.2.11, its CRDs and its default configuration",
    buildMinutes: 10,
    env: 'ARGOCD_BINARY',
    goPackage: '.',
    goBuildFlags: [...SMALL, `-ldflags=${STRIPPED}`],
    copies: [
      { module: 'github.com/argoproj/argo-cd/v3', from: 'manifests/crds', to: 'crds' },
      { module: 'github.com/argoproj/argo-cd/v3', from: 'manifests/base/config', to: 'config' },
    ],
  },
  {
    name: 'kustomize',
    holds: 'kustomize 5.8.1, which Argo CD calls',
    buildMinutes: 1,
    env: 'KUSTOMIZE_BINARY',
    goPackage: 'sigs.k8s.io/kustomize/kustomize/v5',
    goBuildFlags: [...SMALL, `-ldflags=${STRIPPED}`],
  },
  {
    name: 'karpenter-scheduler',
    holds: "Karpenter's own scheduler, core 1.14.1, on problem files",
    buildMinutes: 9,
    env: 'KARPENTER_SCHEDULER_BINARY',
    goPackage: '.',
    goBuildFlags: [...SMALL, `-ldflags=${STRIPPED}`],
  },
  {
    name: 'moto_server',
    holds: 'moto 5.2.5, an implementation of AWS that others wrote',
    buildMinutes: 1,
    env: 'MOTO_BINARY',
  },
];

const cacheRoot = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'karpenter-gitops');

/** The folder with a part's sources: a Go module, or a list of Python packages. */
export const sourceDirectory = (part) => join(root, 'tools', part.name);

/** Where the program of these very sources, flags and platform belongs: a change of any of them is another path. */
export function binaryPath(part) {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([part.goPackage, part.goBuildFlags, part.copies, process.platform, process.arch]));
  for (const file of sourceFiles(sourceDirectory(part))) {
    hash.update(`\0${file}\0`).update(readFileSync(join(sourceDirectory(part), file)));
  }
  return join(cacheRoot(), hash.digest('hex').slice(0, 16), part.name);
}

/** The folder that holds the program and nothing but what belongs to it. */
export const partDirectory = (part) => dirname(binaryPath(part));

const sourceFiles = (directory) =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();

/** Whether `npm run tools` has built this version of the part. */
export const isBuilt = (part) => existsSync(binaryPath(part));
