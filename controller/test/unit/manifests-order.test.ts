// In which order Argo CD and Flux apply what is in git, and what they do not remove unasked.
import { describe, expect, jest, test } from '@jest/globals';
import type { KubeObject } from '../../src/api/meta.ts';
import { BUILDS_MS_MAX, built, describeWithKubectl, nameOf, ofKind, read } from './kustomize.ts';

jest.setTimeout(BUILDS_MS_MAX);

const WAVE = 'argocd.argoproj.io/sync-wave';
const OPTIONS = 'argocd.argoproj.io/sync-options';

interface FluxKustomization extends KubeObject {
  readonly spec: {
    readonly path: string;
    readonly dependsOn?: readonly { readonly name: string }[];
    readonly sourceRef: { readonly kind: string; readonly name: string };
    readonly wait: boolean;
    readonly prune: boolean;
    readonly deletionPolicy: string;
  };
}

describeWithKubectl.each(['dev', 'prod'])('Argo CD, with argocd/%s', (overlay) => {
  const all = () => built(`argocd/${overlay}`);

  test('applies definitions, identity, controller, Provisioners with templates, one after the other; it removes in reverse', () => {
    const kinds = new Map<string, string[]>();
    for (const { kind = '', metadata } of all()) {
      const wave = metadata.annotations?.[WAVE] ?? 'none';
      kinds.set(wave, [...new Set([...(kinds.get(wave) ?? []), kind])].sort());
    }
    expect(Object.fromEntries(kinds)).toEqual({
      '-3': ['CustomResourceDefinition'],
      '-2': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding', 'ServiceAccount'],
      '0': ['Deployment', 'PodDisruptionBudget', 'Service'],
      '1': overlay === 'prod' ? ['AWSNodeTemplate', 'Provisioner'] : ['Provisioner'],
    });
  });

  test('asks before it removes a Provisioner, never prunes a definition, and removes all else by itself', () => {
    const kinds = (option: string) => [
      ...new Set(
        all()
          .filter(({ metadata }) => metadata.annotations?.[OPTIONS]?.split(',').includes(option))
          .map(({ kind }) => kind),
      ),
    ];
    expect(kinds('Prune=confirm')).toEqual(['Provisioner']);
    expect(kinds('Delete=confirm')).toEqual(['Provisioner']);
    expect(kinds('Prune=false')).toEqual(['CustomResourceDefinition']);
    expect(kinds('Delete=false')).toEqual([]);
  });

  test('gets the very objects that Flux gets', () => {
    const bare = ({ metadata: { annotations: _, ...metadata }, ...rest }: KubeObject) =>
      JSON.stringify({ ...rest, metadata });
    const byFlux = ['crds', `overlays/${overlay}/controller`, `overlays/${overlay}/provisioners`].flatMap(built);
    expect(all().map(bare).sort()).toEqual(byFlux.map(bare).sort());
  });
});

describeWithKubectl('the Application', () => {
  const [application] = read('argocd/application.yaml') as [KubeObject];
  const spec = application.spec as {
    readonly source: Readonly<Record<string, string>>;
    readonly destination: { readonly namespace: string };
    readonly syncPolicy: { readonly automated: object };
  };

  test('syncs a folder that builds, into the namespace of the controller', () => {
    const objects = built((spec.source.path ?? '').replace('manifests/', ''));
    const [deployment] = ofKind(objects, 'Deployment');
    expect(deployment?.metadata.namespace).toBe(spec.destination.namespace);
  });

  test('is refused until a repository is named', () => {
    expect(Object.keys(spec.source)).toEqual(['path']);
  });

  test('repairs drift, removes what left git, and takes all it made with it', () => {
    expect(spec.syncPolicy.automated).toEqual({ prune: true, selfHeal: true });
    expect(application.metadata.finalizers).toEqual(['resources-finalizer.argocd.argoproj.io/foreground']);
  });
});

describe('the Kustomizations of Flux', () => {
  const kustomizations = read('flux/kustomizations.yaml') as FluxKustomization[];
  const byName = (name: string) => kustomizations.find(({ metadata }) => metadata.name === name)?.spec;

  test('stand one behind the other, each waiting for all of the one before', () => {
    expect(
      kustomizations.map(({ metadata, spec }) => [metadata.name, spec.dependsOn?.map(({ name }) => name)]),
    ).toEqual([
      ['karpenter-crds', undefined],
      ['karpenter-controller', ['karpenter-crds']],
      ['karpenter-provisioners', ['karpenter-controller']],
    ]);
    for (const { spec } of kustomizations) expect(spec.wait).toBe(true);
  });

  test('read one source, in the namespace of Flux', () => {
    for (const { metadata, spec } of kustomizations) {
      expect(metadata.namespace).toBe('flux-system');
      expect(spec.sourceRef).toEqual({ kind: 'GitRepository', name: 'karpenter-gitops' });
    }
  });

  test('remove what left git, but no definition; and wait until what they remove is gone', () => {
    expect(byName('karpenter-crds')?.prune).toBe(false);
    expect(byName('karpenter-controller')?.prune).toBe(true);
    expect(byName('karpenter-provisioners')?.prune).toBe(true);
    for (const { spec } of kustomizations) expect(spec.deletionPolicy).toBe('WaitForTermination');
  });
});

describeWithKubectl('the folders that Flux is shown', () => {
  const kustomizations = read('flux/kustomizations.yaml') as FluxKustomization[];

  test.each(kustomizations.map(({ metadata, spec }) => [metadata.name, spec.path]))('%s builds %s', (_, path) => {
    expect(built(path.replace('./manifests/', '')).map(nameOf)).not.toEqual([]);
  });
});
