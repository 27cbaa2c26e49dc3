import { AwsError } from './aws-error.ts';
import type { CloudModel } from './cloud-model.ts';

/**
 * What every AWS call passes on its way in: it waits out `awsDelayMs`, and throws RequestLimitExceeded while the faults throttle
 * the action (by its name, or `*` for all), counting down a limited number.
 */
export async function passGate({ timers, faults }: CloudModel, action: string, signal: AbortSignal): Promise<void> {
  if (faults.awsDelayMs > 0) await timers.sleep(faults.awsDelayMs, signal);
  const key = [action, '*'].find((name) => (faults.throttle[name] ?? 0) !== 0);
  if (key === undefined) return;
  const left = faults.throttle[key] ?? 0;
  if (left > 0) faults.throttle[key] = left - 1;
  throw new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503);
}
