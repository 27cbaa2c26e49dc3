import type { PolicyDocument } from './policy-document.ts';

/** Lets EventBridge put events into the queue on behalf of the given rules and of no other, and nobody do anything without TLS. */
export function queuePolicy(options: {
  readonly queueArn: string;
  readonly ruleArns: readonly string[];
}): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'AllowEvents',
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: ['sqs:SendMessage'],
        Resource: [options.queueArn],
        // Without it the rules of any account could send here: EventBridge would lend them its name.
        Condition: { ArnEquals: { 'aws:SourceArn': options.ruleArns } },
      },
      {
        Sid: 'DenyWithoutTls',
        Effect: 'Deny',
        Principal: '*',
        Action: ['sqs:*'],
        Resource: [options.queueArn],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  };
}
