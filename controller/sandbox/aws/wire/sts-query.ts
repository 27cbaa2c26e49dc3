import { type QueryAction, queryService } from './query-service.ts';

/** How long assumed credentials last, in seconds, unless the caller says. */
const SESSION_SECONDS_DEFAULT = 3_600;

const ACTIONS: Readonly<Record<string, QueryAction>> = {
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

/** STS in the AWS query protocol. */
export const STS_QUERY = queryService({
  namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  version: '2011-06-15',
  actions: ACTIONS,
});
