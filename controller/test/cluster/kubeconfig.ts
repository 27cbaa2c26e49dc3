import { writeFileSync } from 'node:fs';

export interface Access {
  readonly server: string;
  readonly certificateAuthorityPem: string;
  readonly token: string;
}

/** Writes a kubeconfig for the owner of the token, readable by us alone; returns its path. An existing one is replaced. */
export function writeKubeconfig(path: string, { server, certificateAuthorityPem, token }: Access): string {
  const authority = Buffer.from(certificateAuthorityPem).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: 'user', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'user' } }],
    'current-context': 'test',
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
