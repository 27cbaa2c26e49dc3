import {
  addClientId,
  createOidcProvider,
  deleteOidcProvider,
  removeClientId,
  requireOidcProvider,
  setThumbprints,
} from '../iam/oidc-providers.ts';
import { readTags, tagMembers } from './iam-shapes.ts';
import { isoTime } from './iso-time.ts';
import { type QueryAction, requiredText } from './query-service.ts';

/** Identity providers: whose tokens may assume roles. */
export const IAM_PROVIDER_ACTIONS: Readonly<Record<string, QueryAction>> = {
  CreateOpenIDConnectProvider: (model, params) => {
    const { arn, tags } = createOidcProvider(model, {
      url: requiredText(params, 'Url'),
      clientIds: params.texts('ClientIDList.member'),
      thumbprints: params.texts('ThumbprintList.member'),
      tags: readTags(params),
    });
    return { OpenIDConnectProviderArn: arn, Tags: tagMembers(tags) };
  },

  GetOpenIDConnectProvider: (model, params) => {
    const provider = requireOidcProvider(model, requiredText(params, 'OpenIDConnectProviderArn'));
    return {
      Url: provider.url,
      ClientIDList: provider.clientIds,
      ThumbprintList: provider.thumbprints,
      CreateDate: isoTime(provider.createdAtMs),
      Tags: tagMembers(provider.tags),
    };
  },

  ListOpenIDConnectProviders: ({ state }) => ({
    OpenIDConnectProviderList: Object.keys(state.iam.oidcProviders)
      .sort()
      .map((arn) => ({ Arn: arn })),
  }),

  AddClientIDToOpenIDConnectProvider: (model, params) => {
    addClientId(model, requiredText(params, 'OpenIDConnectProviderArn'), requiredText(params, 'ClientID'));
    return {};
  },

  RemoveClientIDFromOpenIDConnectProvider: (model, params) => {
    removeClientId(model, requiredText(params, 'OpenIDConnectProviderArn'), requiredText(params, 'ClientID'));
    return {};
  },

  UpdateOpenIDConnectProviderThumbprint: (model, params) => {
    const thumbprints = params.texts('ThumbprintList.member');
    setThumbprints(model, requiredText(params, 'OpenIDConnectProviderArn'), thumbprints);
    return {};
  },

  DeleteOpenIDConnectProvider: (model, params) => {
    deleteOidcProvider(model, requiredText(params, 'OpenIDConnectProviderArn'));
    return {};
  },
};
