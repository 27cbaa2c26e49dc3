import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { alreadyExists, checkIamTags, iamArn, noSuchEntity, quotaExceeded } from './iam-rules.ts';
import type { OidcProvider } from './iam-state.ts';

const CLIENT_IDS_MAX = 100;
/** What IAM fills in when it fetches the issuer's certificate itself. */
const FETCHED_THUMBPRINT = '9e99a48a9960b14926bb7f3b02e22da2b0ab7280';

/** A new provider for an issuer; an account has at most one for each URL. */
export function createOidcProvider(
  model: CloudModel,
  spec: {
    readonly url: string;
    readonly clientIds: readonly string[];
    readonly thumbprints: readonly string[];
    readonly tags: Readonly<Record<string, string>>;
  },
): OidcProvider {
  const { oidcProviders } = model.state.iam;
  if (!/^https:\/\/[^\s?#]+$/.test(spec.url)) {
    throw new AwsError('ValidationError', `Invalid Open ID Connect Provider URL: ${spec.url}`);
  }
  if (spec.clientIds.length > CLIENT_IDS_MAX) throw quotaExceeded('ClientIdsPerOpenIdConnectProvider', CLIENT_IDS_MAX);
  checkIamTags(spec.tags);
  const url = spec.url.slice('https://'.length);
  const arn = iamArn(model, `oidc-provider/${url}`);
  if (Object.hasOwn(oidcProviders, arn)) throw alreadyExists(`Provider with url ${spec.url} already exists.`);
  const provider: OidcProvider = {
    arn,
    url,
    clientIds: [...spec.clientIds],
    thumbprints: spec.thumbprints.length === 0 ? [FETCHED_THUMBPRINT] : [...spec.thumbprints],
    createdAtMs: model.timers.nowMs(),
    tags: { ...spec.tags },
  };
  oidcProviders[arn] = provider;
  return provider;
}

/** The provider, or a thrown NoSuchEntity. */
export function requireOidcProvider({ state }: CloudModel, arn: string): OidcProvider {
  const { oidcProviders } = state.iam;
  const provider = Object.hasOwn(oidcProviders, arn) ? oidcProviders[arn] : undefined;
  if (provider === undefined) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
  return provider;
}

/** Adds a client id; one that is there already is no error. */
export function addClientId(model: CloudModel, arn: string, clientId: string): void {
  const provider = requireOidcProvider(model, arn);
  provider.clientIds = [...new Set([...provider.clientIds, clientId])];
}

/** Removes a client id; an absent one is no error. */
export function removeClientId(model: CloudModel, arn: string, clientId: string): void {
  const provider = requireOidcProvider(model, arn);
  provider.clientIds = provider.clientIds.filter((candidate) => candidate !== clientId);
}

/** The issuer's certificates are these from now on. */
export function setThumbprints(model: CloudModel, arn: string, thumbprints: readonly string[]): void {
  requireOidcProvider(model, arn).thumbprints = [...thumbprints];
}

/** Removes the provider: an unknown one is no error to IAM, and none here. */
export function deleteOidcProvider({ state }: CloudModel, arn: string): void {
  delete state.iam.oidcProviders[arn];
}
