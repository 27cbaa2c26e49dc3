import type { PolicyDocument } from './policy-document.ts';

/** Lets EC2 hand the role to instances. `dnsSuffix` is the partition's, as `amazonaws.com`. */
export function instanceTrust(dnsSuffix: string): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'AllowInstances',
        Effect: 'Allow',
        Principal: { Service: `ec2.${dnsSuffix}` },
        Action: ['sts:AssumeRole'],
      },
    ],
  };
}

/**
 * Lets one service account of one cluster assume the role. Both conditions are needed: `sub` alone would accept a token that was
 * made for another audience.
 */
export function serviceAccountTrust(options: {
  readonly oidcProviderArn: string;
  readonly issuerUrl: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}): PolicyDocument {
  const issuer = options.issuerUrl.replace(/^https:\/\//, '');
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'AllowController',
        Effect: 'Allow',
        Principal: { Federated: options.oidcProviderArn },
        Action: ['sts:AssumeRoleWithWebIdentity'],
        Condition: {
          StringEquals: {
            [`${issuer}:aud`]: 'sts.amazonaws.com',
            [`${issuer}:sub`]: `system:serviceaccount:${options.namespace}:${options.serviceAccount}`,
          },
        },
      },
    ],
  };
}

/**
 * Lets EKS Pod Identity assume the role for the one service account that is associated with it. The association says for which: the
 * session's tags come from EKS. The principal is the same in all partitions.
 */
export function podIdentityTrust(): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'AllowController',
        Effect: 'Allow',
        Principal: { Service: 'pods.eks.amazonaws.com' },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
      },
    ],
  };
}
