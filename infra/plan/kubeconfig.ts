/**
 * A kubeconfig (as JSON, which is YAML) that gets a fresh token from the AWS CLI at each use: it holds no secret, and state and
 * previews may show it.
 */
export function execKubeconfig(cluster: {
  readonly clusterName: string;
  readonly region: string;
  readonly endpoint: string;
  readonly certificateAuthorityBase64: string;
}): string {
  const name = cluster.clusterName;
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name, cluster: { server: cluster.endpoint, 'certificate-authority-data': cluster.certificateAuthorityBase64 } },
    ],
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1beta1',
            command: 'aws',
            args: ['eks', 'get-token', '--cluster-name', name, '--region', cluster.region, '--output', 'json'],
            interactiveMode: 'Never',
          },
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
