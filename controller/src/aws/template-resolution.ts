import type { EC2Client } from '@aws-sdk/client-ec2';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Settings } from '../config.ts';
import type { Clock } from '../ports/clock.ts';
import type { NodeTemplate } from '../ports/cloud.ts';
import { templateUnresolved } from './errors.ts';
import { IMAGE_FAMILIES } from './image-families.ts';
import { createImages, type TemplateImages } from './images.ts';
import type { ClusterFacts } from './node-boot.ts';
import { createSecurityGroups, type SecurityGroup } from './security-groups.ts';
import { type Selector, selectorText } from './selector-filters.ts';
import { createSubnets, type Subnet, type Subnets } from './subnets.ts';

/** What a template means in AWS right now. Nothing but subnets counts when a launch template of the user's own is named. */
export interface TemplateFacts extends TemplateImages {
  readonly subnets: readonly Subnet[];
  readonly securityGroups: readonly SecurityGroup[];
  readonly instanceProfile: string;
  /** A launch template that the user made; then images, groups and profile are empty: they are its own. */
  readonly ownLaunchTemplate: string | undefined;
}

/** Resolves templates; answers are at most a minute old. */
export interface Templates {
  /** `template-unresolved` names the first thing that is missing. */
  resolve(template: NodeTemplate): Promise<TemplateFacts>;
  /** See `Subnets.take`. */
  takeAddresses: Subnets['take'];
}

/** Reads through the given clients. Settings and cluster facts are asked anew each time, since they may change. */
export function createTemplates(options: {
  readonly ec2: EC2Client;
  readonly ssm: SSMClient;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly settings: () => Settings;
  readonly clusterFacts: () => ClusterFacts;
}): Templates {
  const { ec2, ssm, clock, settings, clusterFacts } = options;
  const subnets = createSubnets(ec2, clock);
  const securityGroups = createSecurityGroups(ec2, clock);
  const images = createImages(ec2, ssm, clock);

  async function subnetsOf({ spec, source }: NodeTemplate): Promise<readonly Subnet[]> {
    return nonEmpty(
      await subnets.matching(spec.subnetSelector),
      'subnets',
      'subnetSelector',
      spec.subnetSelector,
      source,
    );
  }

  async function securityGroupsOf({ spec, source }: NodeTemplate): Promise<readonly SecurityGroup[]> {
    const selector = spec.securityGroupSelector ?? {};
    return nonEmpty(await securityGroups(selector), 'security groups', 'securityGroupSelector', selector, source);
  }

  function instanceProfileOf({ spec, source }: NodeTemplate): string {
    // An inline provider may come with an empty name when no default is set.
    const profile = spec.instanceProfile || settings().defaultInstanceProfile;
    if (profile !== undefined) return profile;
    throw templateUnresolved(`${source}: neither instanceProfile nor the setting aws.defaultInstanceProfile is set`);
  }

  return {
    async resolve(template) {
      const { spec } = template;
      if (spec.launchTemplate !== undefined) {
        const own = { ownLaunchTemplate: spec.launchTemplate, securityGroups: [], instanceProfile: '', images: [] };
        return { ...own, family: IMAGE_FAMILIES.AL2, subnets: await subnetsOf(template) };
      }
      const instanceProfile = instanceProfileOf(template);
      const [templateSubnets, groups, templateImages] = await Promise.all([
        subnetsOf(template),
        securityGroupsOf(template),
        images(spec, clusterFacts().kubernetesVersion),
      ]);
      return {
        ...templateImages,
        subnets: templateSubnets,
        securityGroups: groups,
        instanceProfile,
        ownLaunchTemplate: undefined,
      };
    },
    takeAddresses: subnets.take,
  };
}

function nonEmpty<T>(
  found: readonly T[],
  what: string,
  field: string,
  selector: Selector,
  source: string,
): readonly T[] {
  if (found.length > 0) return found;
  throw templateUnresolved(`${source}: no ${what} match ${field} ${selectorText(selector)}`);
}
