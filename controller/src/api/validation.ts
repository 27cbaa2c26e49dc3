import type { AWSNodeTemplate, AWSNodeTemplateSpec } from './aws-node-template.gen.ts';
import type { ObjectMeta } from './meta.ts';
import { type Problem, unless } from './problem.ts';
import type { Provisioner } from './provisioner.gen.ts';
import { inlineProviderStructure, provisionerStructure, type StructureCheck, templateStructure } from './structure.ts';
import { kubeletProblems } from './validate-kubelet.ts';
import { labelProblems, requirementProblems, taintProblems } from './validate-node.ts';
import { preferenceProblems } from './validate-preferences.ts';
import { instanceProblems } from './validate-template.ts';

/** Problems reported of one object: enough to mend it, too few to fill a log with one mistake made a thousand times. */
const PROBLEMS_MAX = 50;

/**
 * Returns what is wrong with a Provisioner, an inline provider included; empty when it may be used. The API server has refused most
 * of it before; this also covers what its rules cannot see, clusters with other CRDs, and files.
 * Rules between fields are looked at once the structure is right. Defaults need not be filled in.
 */
export function validateProvisioner(provisioner: Provisioner): readonly Problem[] {
  return bounded(provisionerStructure(provisioner), () => [
    ...nameProblems(provisioner.metadata),
    ...provisionerProblems(provisioner.spec),
    ...preferenceProblems(provisioner.metadata?.annotations ?? {}),
  ]);
}

/** Returns what is wrong with an AWSNodeTemplate; empty when it may be used. */
export function validateTemplate(template: AWSNodeTemplate): readonly Problem[] {
  return bounded(templateStructure(template), () => [
    ...nameProblems(template.metadata),
    ...instanceProblems(template.spec, 'spec'),
    ...unless(
      template.spec.securityGroupSelector !== undefined || template.spec.launchTemplate !== undefined,
      'spec.securityGroupSelector',
      'is required unless launchTemplate is set',
    ),
  ]);
}

function bounded(structure: ReturnType<StructureCheck>, rules: () => readonly Problem[]): readonly Problem[] {
  return (structure.length > 0 ? structure : rules()).slice(0, PROBLEMS_MAX);
}

function provisionerProblems(spec: Provisioner['spec']): readonly Problem[] {
  const isBoth = spec.ttlSecondsAfterEmpty !== undefined && spec.consolidation?.enabled === true;
  return [
    ...providerProblems(spec),
    ...unless(
      !isBoth,
      'spec.ttlSecondsAfterEmpty',
      'expected exactly one, got both: ttlSecondsAfterEmpty, consolidation.enabled',
    ),
    ...labelProblems(spec.labels ?? {}),
    ...taintProblems(spec.taints ?? [], spec.startupTaints ?? []),
    ...requirementProblems(spec.requirements ?? []),
    ...kubeletProblems(spec.kubeletConfiguration ?? {}),
  ];
}

function providerProblems(spec: Provisioner['spec']): readonly Problem[] {
  const { provider, providerRef } = spec;
  if (provider !== undefined && providerRef !== undefined) {
    return [{ path: 'spec.provider', message: 'expected exactly one, got both: provider, providerRef' }];
  }
  if (provider === undefined) {
    return unless(
      providerRef !== undefined,
      'spec.provider',
      'expected exactly one, got neither: provider, providerRef',
    );
  }
  const structure = inlineProviderStructure(provider);
  return structure.length > 0 ? structure : instanceProblems(provider as Partial<AWSNodeTemplateSpec>, 'spec.provider');
}

const NAME = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const NAME_LENGTH_MAX = 63;

// The name becomes a label value and part of Machine and Node names, so it may not be all that a Kubernetes name may.
function nameProblems(metadata: ObjectMeta | undefined): readonly Problem[] {
  // A file may lack what every object in a cluster has.
  const name = metadata?.name ?? '';
  const isName = name.length <= NAME_LENGTH_MAX && NAME.test(name);
  return unless(
    isName,
    'metadata.name',
    'must be a DNS-1035 label: lower case letters, digits and hyphens, the first a letter',
  );
}
