import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { decodeQuery, type QueryParams } from './query-params.ts';
import type { ServiceFace } from './service-face.ts';
import { xmlAnswer } from './wire-answer.ts';
import { escapeXml, toXml, type XmlRecord } from './xml.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';
/** How long assumed credentials last, in seconds, unless the caller says. */
const SESSION_SECONDS_DEFAULT = 3_600;

const ACTIONS: Readonly<Record<string, (model: CloudModel, params: QueryParams) => XmlRecord>> = {
  GetCallerIdentity: ({ state }) => ({
    UserId: 'AIDASANDBOX',
    Account: state.accountId,
    Arn: `arn:aws:iam::${state.accountId}:user/sandbox`,
  }),

  // Credentials are not checked here, so any role may be assumed.
  AssumeRole: ({ timers }, params) => {
    const roleArn = params.text('RoleArn') ?? '';
    const session = params.text('RoleSessionName') ?? '';
    const seconds = params.number('DurationSeconds') ?? SESSION_SECONDS_DEFAULT;
    return {
      Credentials: {
        AccessKeyId: 'ASIASANDBOX',
        SecretAccessKey: 'sandbox',
        SessionToken: 'sandbox',
        Expiration: new Date(timers.nowMs() + seconds * 1000).toISOString(),
      },
      AssumedRoleUser: {
        AssumedRoleId: `AROASANDBOX:${session}`,
        Arn: `${roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${session}`,
      },
    };
  },
};

/** STS in the AWS query protocol: as EC2's, but the answer stands in an element of its own. */
export const STS_QUERY: ServiceFace = {
  actionOf: ({ body }) => decodeQuery(body).text('Action') ?? '',

  answer(model, { body, requestId }) {
    const params = decodeQuery(body);
    const name = params.text('Action') ?? '';
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined)
      throw new AwsError('InvalidAction', `Could not find operation ${name} for version 2011-06-15`);
    const result = toXml({ [`${name}Result`]: action(model, params), ResponseMetadata: { RequestId: requestId } });
    return xmlAnswer(200, `<${name}Response xmlns="${NAMESPACE}">${result}</${name}Response>`);
  },

  refusal: ({ code, message, httpStatus }, { requestId }) =>
    xmlAnswer(
      httpStatus,
      `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>${escapeXml(code)}</Code>` +
        `<Message>${escapeXml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
    ),
};
