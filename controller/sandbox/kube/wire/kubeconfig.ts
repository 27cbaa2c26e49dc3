import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stringify } from 'yaml';

const NAME = 'sandbox';

/** Writes a kubeconfig whose one context is the API at `url`; its folder is made when it is missing. Plain HTTP needs no credentials. */
export function writeKubeconfig(path: string, url: string): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    // There is no TLS to verify on loopback; the JavaScript client wants that said, kubectl does not mind.
    clusters: [{ name: NAME, cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: NAME, user: {} }],
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME, namespace: 'default' } }],
    'current-context': NAME,
  };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, stringify(config));
}
