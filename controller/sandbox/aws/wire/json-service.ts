import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import type { JsonInput } from './json-input.ts';
import { parseJsonObject } from './json-input.ts';
import type { ServiceFace } from './service-face.ts';
import { jsonAnswer, type WireRequest } from './wire-answer.ts';

/** Reads its input, acts on the model, and returns its output. */
export type JsonAction = (
  model: CloudModel,
  input: JsonInput,
  request: WireRequest,
  signal: AbortSignal,
) => object | Promise<object>;

/** A service in AWS JSON: the action in a header, JSON in, JSON out. */
export function jsonService(options: {
  readonly version: '1.0' | '1.1';
  /** Before the action's name in the header, with the dot. */
  readonly targetPrefix: string;
  readonly actions: Readonly<Record<string, JsonAction>>;
}): ServiceFace {
  const { actions, targetPrefix } = options;
  const contentType = `application/x-amz-json-${options.version}`;
  return {
    actionOf: ({ headers }) => (headers['x-amz-target'] ?? '').replace(targetPrefix, ''),

    async answer(model, request, signal) {
      const name = this.actionOf(request);
      const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
      if (action === undefined) {
        throw new AwsError('UnknownOperationException', `The operation ${name} is not served here`);
      }
      const output = await action(model, parseJsonObject(request.body), request, signal);
      return jsonAnswer(200, output, contentType);
    },

    refusal: ({ code, message, httpStatus }) =>
      jsonAnswer(httpStatus, { __type: code, ...(message === '' ? {} : { message }) }, contentType),
  };
}
