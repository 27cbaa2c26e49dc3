import type { EC2Client } from '@aws-sdk/client-ec2';

/** Commands that only look. */
const LOOKS = /^(Describe|Get)/;

/**
 * Has `beforeEffect` called before each try of a command that changes something; where it throws, nothing is sent. A launch waits for its
 * turn, for answers about its template and between two tries: the lease that it began with may have ended by then.
 */
export function guardEffects(ec2: EC2Client, beforeEffect: () => void): void {
  ec2.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        if (!LOOKS.test(commandName)) beforeEffect();
        return next(args);
      },
    // The last step before the request goes out, once for each try.
    { step: 'deserialize', priority: 'low', name: 'effectGuard' },
  );
}
