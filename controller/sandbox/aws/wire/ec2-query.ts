import { AwsError } from '../aws-error.ts';
import { EC2_READ_ACTIONS } from './ec2-read-actions.ts';
import { EC2_WRITE_ACTIONS } from './ec2-write-actions.ts';
import { decodeQuery } from './query-params.ts';
import type { ServiceFace } from './service-face.ts';
import { xmlAnswer } from './wire-answer.ts';
import { escapeXml, toXml } from './xml.ts';

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';
const ACTIONS = { ...EC2_READ_ACTIONS, ...EC2_WRITE_ACTIONS };

/** EC2 in its query protocol: a form in, XML out, the answer's elements directly under the root. */
export const EC2_QUERY: ServiceFace = {
  actionOf: ({ body }) => decodeQuery(body).text('Action') ?? '',

  answer(model, { body, requestId }) {
    const params = decodeQuery(body);
    const name = params.text('Action') ?? '';
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined)
      throw new AwsError('InvalidAction', `The action ${name} is not valid for this web service.`);
    if (params.isTrue('DryRun'))
      throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
    const content = toXml({ requestId, ...action(model, params) });
    return xmlAnswer(200, `<${name}Response xmlns="${NAMESPACE}">${content}</${name}Response>`);
  },

  refusal: ({ code, message, httpStatus }, { requestId }) =>
    xmlAnswer(
      httpStatus,
      `<Response><Errors><Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message></Error></Errors>` +
        `<RequestID>${requestId}</RequestID></Response>`,
    ),
};
