import aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { InfraConfig } from './config.ts';
import { type Problem, problemLines } from './config-reader.ts';
import { isBundled } from './controller-bundle.ts';
import { type AuthenticationMode, type NodeAccess, planNodeAccess } from './plan/node-access.ts';
import { MADE_BY_TAG } from './plan/tags.ts';
import { SPOT_ROLE_NAME } from './spot-role.ts';

interface Situation {
  readonly config: InfraConfig;
  readonly authenticationMode: AuthenticationMode;
  /** Absent: the cluster does not exist yet, and so has no provider either. */
  readonly issuerUrl: string | undefined;
  readonly owner: string;
}

/**
 * Returns what will let nodes join. Throws one error that lists everything in the account, the cluster and the checkout that would make
 * the configuration fail half way: called before any resource is registered.
 */
export async function checkPreconditions(situation: Situation): Promise<NodeAccess> {
  const { config, authenticationMode } = situation;
  const access = planNodeAccess({ ...config.nodeAccess, clusterName: config.cluster.name, authenticationMode });
  const found = await Promise.all([oidcProblems(situation), spotRoleProblems(situation)]);
  const problems = [...(access.kind === 'problem' ? [access] : []), ...found.flat(), ...bundleProblems(config)];
  if (access.kind !== 'problem' && problems.length === 0) return access.kind;
  throw new pulumi.RunError(
    `stack ${pulumi.getStack()} cannot be brought up as configured:\n${problemLines(problems)}`,
  );
}

/** An account has at most one provider for each issuer, and one that is there already was made by somebody who needs it. */
async function oidcProblems({ config, issuerUrl, owner }: Situation): Promise<readonly Problem[]> {
  const { identity, oidcProvider } = config.controllerRole;
  if (identity !== 'irsa' || oidcProvider !== 'create' || issuerUrl === undefined) return [];
  const present = await ifPresent(aws.iam.getOpenIdConnectProvider({ url: issuerUrl }));
  if (present === undefined || present.tags[MADE_BY_TAG] === owner) return [];
  const message = `the account has a provider for the cluster's issuer already: set it to ${present.arn}`;
  return [{ path: 'controllerRole.oidcProvider', message }];
}

async function spotRoleProblems({ config, owner }: Situation): Promise<readonly Problem[]> {
  const wanted = config.spot.serviceLinkedRole;
  const present = await ifPresent(aws.iam.getRole({ name: SPOT_ROLE_NAME }));
  if (wanted === 'existing') {
    if (present === undefined) {
      const remedy = 'set spot.serviceLinkedRole to create, or buy no spot instances';
      void pulumi.log.warn(
        `the account shows no role ${SPOT_ROLE_NAME}, without which no spot instance starts: ${remedy}`,
      );
    }
    return [];
  }
  if (present === undefined || present.tags[MADE_BY_TAG] === owner) return [];
  const message = `the account has the role ${SPOT_ROLE_NAME} already: set it to existing`;
  return [{ path: 'spot.serviceLinkedRole', message }];
}

function bundleProblems({ image }: InfraConfig): readonly Problem[] {
  if (image.mode !== 'build' || isBundled(image.bundleFolder)) return [];
  const message = `there is no bundle in ${image.bundleFolder} to build from: run \`npm run bundle\``;
  return [{ path: 'image.mode', message }];
}

/**
 * The answer, or undefined when there is none. AWS says that something is absent by an error. One of another cause (we may not ask)
 * is taken for absence as well: then creating it fails, with AWS's own words.
 */
async function ifPresent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch {
    return undefined;
  }
}
