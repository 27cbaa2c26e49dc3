import { fstatSync } from 'node:fs';
import * as pulumi from '@pulumi/pulumi';
import { awsAuthMapping } from './aws-auth-mapping.ts';
import { createProvider } from './provider.ts';
import { teardown } from './teardown.ts';

// The engine starts this with its own address and reads the port to call us at from the first line of our output.
const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith('-')) ?? '';
pulumi.runtime.resetOptions('', '', 1, engineAddress, '', false, '');

// The engine holds the other end of our input as long as it lives. One that is killed says no more than that, and a teardown must not
// go on for a user who takes it for ended, and who may be bringing the stack up again. By hand, to debug, there is a terminal instead.
if (fstatSync(process.stdin.fd).isFIFO()) process.stdin.once('end', () => process.exit(1)).resume();

/** The log wants a resource only to know its name. */
const named = (urn: string) => ({ urn: pulumi.output(urn) }) as pulumi.Resource;

await pulumi.provider.main(
  createProvider(
    { 'karpenter-cluster:index:AwsAuthMapping': awsAuthMapping, 'karpenter-cluster:index:Teardown': teardown },
    {
      progress: (urn, message) => void pulumi.log.info(message, named(urn), undefined, true),
      warn: (urn, message) => void pulumi.log.warn(message, named(urn)),
    },
  ),
  process.argv.slice(2),
);
