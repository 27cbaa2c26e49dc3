import type { HttpExchange } from './http-exchange.ts';

interface Review {
  readonly kind: string;
  readonly apiVersion: string;
  readonly status: Readonly<Record<string, unknown>>;
}

/** Everybody may do everything in the sandbox. */
const REVIEWS: Readonly<Record<string, Review>> = {
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews': {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    status: { allowed: true },
  },
  '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews': {
    kind: 'SelfSubjectRulesReview',
    apiVersion: 'authorization.k8s.io/v1',
    status: {
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      incomplete: false,
    },
  },
  '/apis/authentication.k8s.io/v1/selfsubjectreviews': {
    kind: 'SelfSubjectReview',
    apiVersion: 'authentication.k8s.io/v1',
    status: { userInfo: { username: 'sandbox', groups: ['system:masters', 'system:authenticated'] } },
  },
};

/**
 * The answer to a question about one's own rights (`kubectl auth can-i`), or undefined when the request is none.
 * kubectl asks in protobuf and reads JSON; the question is not read, for the answer does not depend on it.
 */
export function accessReview(exchange: HttpExchange, path: string): unknown {
  const review = REVIEWS[path];
  if (review === undefined || exchange.method !== 'POST') return undefined;
  exchange.request.resume();
  return { ...review, metadata: {}, spec: {} };
}
