import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import type { ServiceFace } from './service-face.ts';
import { jsonAnswer } from './wire-answer.ts';

const CONTENT_TYPE = 'application/x-amz-json-1.1';
const TARGET_PREFIX = 'AmazonSSM.';
/** SSM's limit on names in one GetParameters. */
const NAMES_MAX = 10;

type Input = Readonly<Record<string, unknown>>;

const ACTIONS: Readonly<Record<string, (model: CloudModel, input: Input) => object>> = {
  GetParameter: (model, { Name: name }) => {
    const parameter = readParameter(model, String(name));
    if (parameter === undefined) throw new AwsError('ParameterNotFound', '');
    return { Parameter: parameter };
  },

  GetParameters: (model, { Names: names }) => {
    const asked = Array.isArray(names) ? names.map(String) : [];
    if (asked.length === 0 || asked.length > NAMES_MAX) {
      throw new AwsError('ValidationException', `names must have between 1 and ${NAMES_MAX} items`);
    }
    const found = asked.map((name) => ({ name, parameter: readParameter(model, name) }));
    return {
      Parameters: found.flatMap(({ parameter }) => parameter ?? []),
      InvalidParameters: found.filter(({ parameter }) => parameter === undefined).map(({ name }) => name),
    };
  },
};

function readParameter({ state }: CloudModel, name: string): object | undefined {
  const value = Object.hasOwn(state.parameters, name) ? state.parameters[name] : undefined;
  if (value === undefined) return undefined;
  return {
    Name: name,
    Type: 'String',
    Value: value,
    Version: 1,
    ARN: `arn:aws:ssm:${state.region}::parameter${name}`,
    DataType: 'text',
  };
}

/** Systems Manager's parameters in AWS JSON 1.1: the action in a header, JSON in, JSON out. */
export const SSM_JSON: ServiceFace = {
  actionOf: ({ headers }) => (headers['x-amz-target'] ?? '').replace(TARGET_PREFIX, ''),

  answer(model, request) {
    const name = this.actionOf(request);
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined)
      throw new AwsError('UnknownOperationException', `The operation ${name} is not served here`);
    return jsonAnswer(200, action(model, parseInput(request.body)), CONTENT_TYPE);
  },

  refusal: ({ code, message, httpStatus }) =>
    jsonAnswer(httpStatus, { __type: code, ...(message === '' ? {} : { message }) }, CONTENT_TYPE),
};

function parseInput(body: string): Input {
  try {
    const input: unknown = JSON.parse(body);
    if (input !== null && typeof input === 'object') return input as Input;
  } catch (error) {
    throw new AwsError('SerializationException', String(error));
  }
  throw new AwsError('SerializationException', 'the body is no JSON object');
}
