import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { EKSClient } from '@aws-sdk/client-eks';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';

/** One AWS account in one region, behind one URL. */
export interface AwsWorld {
  readonly region: string;
  readonly ec2: EC2Client;
  readonly ecr: ECRClient;
  readonly eks: EKSClient;
  readonly events: EventBridgeClient;
  readonly iam: IAMClient;
  readonly sqs: SQSClient;
  readonly sts: STSClient;
  /** What the resource with this id of the sandbox is called here. */
  idHere(sandboxId: string): string;
}

/** The sandbox, from which the controller buys; and moto, which others wrote, for a second opinion on what it can do. */
export interface AwsWorlds {
  readonly sandbox: AwsWorld;
  readonly moto: AwsWorld;
}

/** A resource of one world has this name in the other: moto chooses the ids of its subnets itself. */
export type IdMap = Readonly<Record<string, string>>;

/** Clients for the account at `endpoint`, which checks no signatures. */
export function openWorld(endpoint: string, region: string, ids: IdMap): AwsWorld {
  const options = { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  return {
    region,
    ec2: new EC2Client(options),
    ecr: new ECRClient(options),
    eks: new EKSClient(options),
    events: new EventBridgeClient(options),
    iam: new IAMClient(options),
    // Queue URLs are names here, not addresses: the queue of a name is asked for where the client points.
    sqs: new SQSClient({ ...options, useQueueUrlAsEndpoint: false }),
    sts: new STSClient(options),
    idHere: (sandboxId) => ids[sandboxId] ?? sandboxId,
  };
}
