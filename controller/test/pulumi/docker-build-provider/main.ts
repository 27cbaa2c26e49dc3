// Program `pulumi-resource-docker-build`: a stand-in for Pulumi's docker-build provider. It builds nothing: it pushes to the sandbox's
// registry a manifest that is made of the inputs. So it proves wiring: that an image by digest is what the rest of the stack gets.
import { createHash } from 'node:crypto';
import { BatchGetImageCommand, ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { serveResourceProvider } from '../plugin/resource-provider.ts';
import { type Properties, type ResourceType, text } from '../plugin/resource-type.ts';

const MANIFEST_TYPE = 'application/vnd.oci.image.index.v1+json';

/** docker-build:index:Image. Its id is the digest. */
const IMAGE: ResourceType<ECRClient> = {
  inputs: [
    'buildArgs',
    'buildOnPreview',
    'cacheFrom',
    'cacheTo',
    'context',
    'dockerfile',
    'network',
    'platforms',
    'push',
    'registries',
    'tags',
  ],
  required: ['push', 'tags', 'context'],
  computed: ['contextHash', 'digest', 'ref'],
  create: async (ecr, inputs) => {
    const imageManifest = manifestOf(inputs);
    const { repositoryName, imageTag } = target(inputs);
    await ecr.send(
      new PutImageCommand({ repositoryName, imageTag, imageManifest, imageManifestMediaType: MANIFEST_TYPE }),
    );
    return digestOf(imageManifest);
  },
  read: async (ecr, digest, known) => {
    const { repositoryName, name } = target(known);
    const { images = [] } = await ecr.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] }),
    );
    if (images.length === 0) return undefined;
    return { ...known, contextHash: digest.slice('sha256:'.length), digest, ref: `${name}@${digest}` };
  },
  // As the real one: what was pushed stays until the repository goes.
  delete: async () => undefined,
};

const manifestOf = (inputs: Properties) =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    manifests: [],
    annotations: { platforms: JSON.stringify(inputs.platforms), buildArgs: JSON.stringify(inputs.buildArgs) },
  });

const digestOf = (manifest: string) => `sha256:${createHash('sha256').update(manifest).digest('hex')}`;

/** Where the first of `tags`, `<registry>/<repository>:<tag>`, points. */
function target(inputs: Properties) {
  const [tag = ''] = inputs.tags as readonly string[];
  const [, name = '', repositoryName = '', imageTag = ''] = /^([^/]+\/(.+)):([^:]+)$/.exec(tag) ?? [];
  return { name, repositoryName, imageTag };
}

await serveResourceProvider({
  version: '0.0.22',
  configuration: [],
  open: () =>
    new ECRClient({
      endpoint: text(process.env, 'AWS_ENDPOINT_URL'),
      region: text(process.env, 'AWS_REGION'),
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }),
  types: { 'docker-build:index:Image': IMAGE },
  invokes: {},
});
