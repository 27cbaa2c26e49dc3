import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { decodeQuery, type QueryParams } from './query-params.ts';
import type { ServiceFace } from './service-face.ts';
import { xmlAnswer } from './wire-answer.ts';
import { escapeXml, toXml, type XmlRecord } from './xml.ts';

/** Reads its parameters, acts on the model, and returns the elements of its result. */
export type QueryAction = (model: CloudModel, params: QueryParams) => XmlRecord;

/** A service in the AWS query protocol: as EC2's, but the result stands in an element of its own, and lists hold `member`s. */
export function queryService(options: {
  readonly namespace: string;
  readonly version: string;
  readonly actions: Readonly<Record<string, QueryAction>>;
}): ServiceFace {
  const { namespace, version, actions } = options;
  return {
    actionOf: ({ body }) => decodeQuery(body).text('Action') ?? '',

    answer(model, { body, requestId }) {
      const params = decodeQuery(body);
      const name = params.text('Action') ?? '';
      const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
      if (action === undefined) {
        throw new AwsError('InvalidAction', `Could not find operation ${name} for version ${version}`);
      }
      const record = { [`${name}Result`]: action(model, params), ResponseMetadata: { RequestId: requestId } };
      return xmlAnswer(200, `<${name}Response xmlns="${namespace}">${toXml(record, 'member')}</${name}Response>`);
    },

    refusal: ({ code, message, httpStatus }, { requestId }) =>
      xmlAnswer(
        httpStatus,
        `<ErrorResponse xmlns="${namespace}"><Error><Type>Sender</Type><Code>${escapeXml(code)}</Code>` +
          `<Message>${escapeXml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      ),
  };
}

/** The text at `path`, or a thrown error with the service's `code` for what is missing. */
export function requiredText(params: QueryParams, path: string, code = 'ValidationError'): string {
  const text = params.text(path);
  if (text === undefined) throw new AwsError(code, `The request must contain the parameter ${path}`);
  return text;
}
