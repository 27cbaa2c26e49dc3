import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createCloudModel } from '../../sandbox/aws/cloud-model.ts';
import { startAwsServer } from '../../sandbox/aws/wire/wire-server.ts';
import { noFaults } from '../../sandbox/faults.ts';
import { createWallTimers } from '../../sandbox/wall-timers.ts';
import { startMoto } from '../moto.ts';

/** An account of AWS behind SDK clients. */
export interface Account {
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  readonly sqs: SQSClient;
  readonly events: EventBridgeClient;
  readonly ecr: ECRClient;
  close(): Promise<void>;
}

/** Both start with subnets, and nothing of ours. The stand-in's promise is that no test can tell one from the other. */
export const ACCOUNTS = [
  ['the sandbox', openSandbox],
  ['moto', openMoto],
] as const;

async function openSandbox(): Promise<Account> {
  const timers = createWallTimers();
  const model = createCloudModel({ timers, faults: noFaults(), seed: 1, clusterName: 'demo', account: 'bare' });
  const server = await startAwsServer({ model });
  return openAccount(server.url, async () => {
    await server.close();
    timers.close();
  });
}

async function openMoto(): Promise<Account> {
  const server = await startMoto();
  return openAccount(server.url, server.stop);
}

function openAccount(endpoint: string, closeServer: () => Promise<void>): Account {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const options = { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 };
  const clients = {
    ec2: new EC2Client(options),
    iam: new IAMClient(options),
    sqs: new SQSClient(options),
    events: new EventBridgeClient(options),
    ecr: new ECRClient(options),
  };
  return {
    ...clients,
    close: async () => {
      for (const client of Object.values(clients)) client.destroy();
      await closeServer();
    },
  };
}
