/** What runs on stand-ins for AWS's, EKS's and docker-build's providers and on two imitations of AWS cannot show. */
export const UNPROVEN = [
  "stand-ins cannot prove the real AWS provider's own checks, defaults, tables of what replaces and answers to invokes,",
  'nor the permissions, quotas and eventual consistency of AWS;',
  'a cluster that the program creates and an image that it builds are wiring only',
].join(' ');
