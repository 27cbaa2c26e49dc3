import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startControlPlanePart } from './control-plane-part.ts';
import type { Part } from './part.ts';

export const HOST = '127.0.0.1';
/** Where every part writes the certificate it makes for itself, as `<part>.crt`. */
export const CERTIFICATES = 'certificates';
export const SERVICE_ACCOUNT_KEY = 'service-account.key';
export const AUDIT_LOG = 'audit.log';

/** Calls of people and of the cluster's own parts are none of a test's business; those of workloads are. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [
    { level: 'None', userGroups: ['system:serviceaccounts:kube-system'] },
    { level: 'Metadata', userGroups: ['system:serviceaccounts'] },
  ],
};

export function startEtcd(folder: string, port: number, peerPort: number): Part {
  const client = `http://${HOST}:${port}`;
  const peer = `http://${HOST}:${peerPort}`;
  return startControlPlanePart('etcd', folder, [
    `--name=test`,
    `--data-dir=${join(folder, 'etcd')}`,
    '--unsafe-no-fsync', // the data is thrown away
    '--log-level=warn',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=test=${peer}`,
  ]);
}

export interface ApiServerOptions {
  readonly port: number;
  readonly etcdPort: number;
  readonly tokenFile: string;
  /** Pods get the token volume that the controller manager makes possible. */
  readonly serviceAccountAdmission: boolean;
}

/** Starts kube-apiserver, which makes its own authority and certificate. The key for tokens of service accounts is left in `folder`. */
export function startApiServer(folder: string, options: ApiServerOptions): Part {
  const keys = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  return startControlPlanePart('kube-apiserver', folder, [
    `--bind-address=${HOST}`,
    `--secure-port=${options.port}`,
    `--advertise-address=${HOST}`,
    '--endpoint-reconciler-type=none', // refuses to advertise loopback otherwise
    `--etcd-servers=http://${HOST}:${options.etcdPort}`,
    `--cert-dir=${join(folder, CERTIFICATES)}`,
    `--token-auth-file=${write('tokens.csv', options.tokenFile)}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${write(SERVICE_ACCOUNT_KEY, keys.privateKey)}`,
    `--service-account-key-file=${write('service-account.pub', keys.publicKey)}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction', // as on EKS: a kubelet may not label its node as it likes
    ...(options.serviceAccountAdmission ? [] : ['--disable-admission-plugins=ServiceAccount']),
    `--audit-policy-file=${write('audit-policy.json', JSON.stringify(AUDIT_POLICY))}`,
    `--audit-log-path=${join(folder, AUDIT_LOG)}`,
    '--allow-privileged',
    '--profiling=false',
  ]);
}
