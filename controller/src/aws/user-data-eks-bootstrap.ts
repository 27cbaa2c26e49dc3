import { templateUnresolved } from './errors.ts';
import { kubeletFlags } from './kubelet-flags.ts';
import type { NodeBoot } from './node-boot.ts';
import { isMimeDocument, type MimePart, mimeDocument, mimeParts, SHELL_SCRIPT } from './user-data-mime.ts';

/**
 * User data for images that carry `/etc/eks/bootstrap.sh` (AL2, Ubuntu): the template's own parts, then ours.
 * `template-unresolved` when the template's user data cannot be read, or a setting would break out of the script.
 */
export function eksBootstrapUserData(
  boot: NodeBoot,
  { choosesContainerRuntime }: { readonly choosesContainerRuntime: boolean },
): string {
  const runtime = choosesContainerRuntime ? (boot.kubelet.containerRuntime ?? 'containerd') : undefined;
  const script = { contentType: SHELL_SCRIPT, body: bootstrapScript(boot, runtime) };
  return mimeDocument([...customParts(boot.customUserData), script]);
}

function customParts(userData: string | undefined): readonly MimePart[] {
  if (userData === undefined || userData.trim() === '') return [];
  if (!isMimeDocument(userData)) return [{ contentType: SHELL_SCRIPT, body: userData }];
  const parts = mimeParts(userData);
  if (parts === undefined) throw templateUnresolved('userData is a MIME document without readable parts');
  return parts;
}

function bootstrapScript(boot: NodeBoot, containerRuntime: string | undefined): string {
  const { cluster, kubelet } = boot;
  const dns = kubelet.clusterDNS?.[0];
  const command = [
    `/etc/eks/bootstrap.sh '${shellWord(cluster.clusterName)}'`,
    `--apiserver-endpoint '${shellWord(cluster.clusterEndpoint)}'`,
    `--b64-cluster-ca '${shellWord(cluster.caBundleBase64)}'`,
    ...(dns?.includes(':') ? ['--ip-family ipv6'] : []),
    ...(containerRuntime === undefined ? [] : [`--container-runtime '${shellWord(containerRuntime)}'`]),
    ...(dns === undefined ? [] : [`--dns-cluster-ip '${shellWord(dns)}'`]),
    '--use-max-pods false',
    `--kubelet-extra-args '${shellWord(kubeletFlags(boot).join(' '))}'`,
  ];
  return [
    '#!/bin/bash -xe',
    'exec > >(tee /var/log/user-data.log|logger -t user-data -s 2>/dev/console) 2>&1',
    command.join(' \\\n'),
  ].join('\n');
}

/** What may stand between single quotes. */
function shellWord(text: string): string {
  if (/['\n]/.test(text))
    throw templateUnresolved(`a quote or line break cannot be passed to a node: ${JSON.stringify(text)}`);
  return text;
}
