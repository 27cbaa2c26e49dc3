import type { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import type { WireAnswer, WireRequest } from './wire-answer.ts';

/** One AWS service in its own protocol. */
export interface ServiceFace {
  /** The action's name, by which faults throttle it; empty when the request names none. */
  actionOf(request: WireRequest): string;
  /** Carries the request out; one that waits for something stops waiting when the signal aborts. Throws AwsError. */
  answer(model: CloudModel, request: WireRequest, signal: AbortSignal): WireAnswer | Promise<WireAnswer>;
  /** The error in the protocol's form. */
  refusal(error: AwsError, request: WireRequest): WireAnswer;
}
