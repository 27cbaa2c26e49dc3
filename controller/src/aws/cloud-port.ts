import type { Settings } from '../config.ts';
import type { Clock } from '../ports/clock.ts';
import type { CloudPort } from '../ports/cloud.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { createCallLimit } from './call-limit.ts';
import type { AwsClients } from './clients.ts';
import { createInstanceTypeCatalogue } from './instance-type-facts.ts';
import { createInstanceTypeList } from './instance-types.ts';
import { createInstances } from './instances.ts';
import { createLaunchTemplates } from './launch-templates.ts';
import { launch } from './launcher.ts';
import { createNodeAccess } from './node-access.ts';
import type { ClusterFacts } from './node-boot.ts';
import { createPrices } from './prices.ts';
import { createTemplates } from './template-resolution.ts';
import { createUnavailableOfferings } from './unavailable-offerings.ts';

/** What the adapter needs from its composer. Settings and facts are functions because both change while we run. */
export interface CloudPortOptions {
  readonly clients: AwsClients;
  readonly region: string;
  readonly settings: () => Settings;
  readonly clusterFacts: () => ClusterFacts;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly telemetry: Pick<Telemetry, 'log'>;
}

/** CreateFleet's bucket holds 100 and refills slowly: a burst of a thousand Machines must not spend it in one instant. */
const LAUNCHES_MAX = 20;
/** Single describes and terminations together: EC2 throttles accounts, not callers, and others describe too. */
const INSTANCE_CALLS_MAX = 10;

/** AWS as our loops need it, through the AWS SDK. */
export function createCloudPort(options: CloudPortOptions): CloudPort {
  const { clients, region, settings, clusterFacts, clock, telemetry } = options;
  const { ec2, ssm, eks, iam } = clients;
  const unavailable = createUnavailableOfferings(clock);
  const catalogue = createInstanceTypeCatalogue(ec2, clock);
  const templates = createTemplates({ ec2, ssm, clock, settings, clusterFacts });
  const prices = createPrices({ ec2, clock, telemetry, isIsolated: () => settings().isolatedVpc });
  const { resolve } = templates;
  const instanceTypes = createInstanceTypeList({ region, clock, settings, catalogue, resolve, prices, unavailable });
  const launchTemplates = createLaunchTemplates(ec2, clock);
  const instances = createInstances(ec2);
  const nodeAccess = createNodeAccess({ iam, eks, clock, resolve, clusterName: () => clusterFacts().clusterName });
  const launches = createCallLimit(LAUNCHES_MAX);
  const instanceCalls = createCallLimit(INSTANCE_CALLS_MAX);
  const parts = {
    ec2,
    region,
    clock,
    telemetry,
    settings,
    clusterFacts,
    catalogue,
    templates,
    launchTemplates,
    instances,
    unavailable,
  };

  return {
    async resolve(template) {
      const { subnets, securityGroups, images, instanceProfile } = await resolve(template);
      return {
        subnets: subnets.map(({ id, zone }) => ({ id, zone })),
        securityGroups,
        images: images.map(({ id, name, arch }) => ({ id, name, arch })),
        instanceProfile,
      };
    },
    instanceTypes,
    launch: (order) => launches(() => launch(order, parts)),
    instances: () => {
      const { clusterName, clusterUid } = clusterFacts();
      return instanceCalls(() => instances.ofCluster(clusterName, clusterUid));
    },
    instance: (id) => instanceCalls(() => instances.byId(id)),
    nodeAccess: (template) => instanceCalls(() => nodeAccess(template)),
    terminate: (id) => instanceCalls(() => instances.terminate(id)),
  };
}
