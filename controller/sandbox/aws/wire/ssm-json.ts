import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { requiredTextAt, textsAt } from './json-input.ts';
import { type JsonAction, jsonService } from './json-service.ts';

/** SSM's limit on names in one GetParameters. */
const NAMES_MAX = 10;

const ACTIONS: Readonly<Record<string, JsonAction>> = {
  GetParameter: (model, input) => {
    const parameter = readParameter(model, requiredTextAt(input, 'Name'));
    if (parameter === undefined) throw new AwsError('ParameterNotFound', '');
    return { Parameter: parameter };
  },

  GetParameters: (model, input) => {
    const asked = textsAt(input, 'Names');
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

/** Systems Manager's parameters in AWS JSON. */
export const SSM_JSON = jsonService({ version: '1.1', targetPrefix: 'AmazonSSM.', actions: ACTIONS });
