import { describe, expect, test } from '@jest/globals';
import type { AWSNodeTemplate } from '../api/aws-node-template.gen.ts';
import type { Provisioner } from '../api/provisioner.gen.ts';
import { nodeTemplateOf, withDefaultProfile } from './node-template.ts';

const DEFAULTS = { clusterName: 'demo', defaultInstanceProfile: 'nodes' };
const DISCOVERY = { 'kubernetes.io/cluster/demo': '*' };

const provisioner = (spec: Provisioner['spec']): Provisioner =>
  ({ metadata: { name: 'default' }, spec }) as Provisioner;
const template = (spec: object, deletionTimestamp?: string): ReadonlyMap<string, AWSNodeTemplate> => {
  const metadata = { name: 't', ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) };
  return new Map([['t', { metadata, spec } as AWSNodeTemplate]]);
};

describe('the node template that a Provisioner means', () => {
  test.each([
    [
      'discovers by the cluster’s tag and takes the settings’ profile when the inline provider says nothing',
      { provider: {} },
      { subnetSelector: DISCOVERY, securityGroupSelector: DISCOVERY, instanceProfile: 'nodes' },
    ],
    [
      'keeps what an inline provider says',
      { provider: { instanceProfile: 'own', subnetSelector: { team: 'a' } } },
      { subnetSelector: { team: 'a' }, securityGroupSelector: DISCOVERY, instanceProfile: 'own' },
    ],
    [
      'asks for no security groups when a launch template of the user’s brings them',
      { provider: { launchTemplate: 'own' } },
      { subnetSelector: DISCOVERY, launchTemplate: 'own', instanceProfile: 'nodes' },
    ],
  ])('%s', (_, spec, want) => {
    expect(nodeTemplateOf(provisioner(spec as Provisioner['spec']), new Map(), DEFAULTS)).toEqual({
      spec: want,
      source: 'inline/default',
    });
  });

  test('is its AWSNodeTemplate, which states its selectors and borrows only the profile', () => {
    const referring = provisioner({ providerRef: { name: 't' } });
    const own = { subnetSelector: { team: 'a' } };
    expect(nodeTemplateOf(referring, template(own), DEFAULTS)).toEqual({
      spec: { subnetSelector: { team: 'a' }, instanceProfile: 'nodes' },
      source: 'template/t',
    });
    const [, first] = [...template({ ...own, instanceProfile: 'own' })][0] ?? [];
    expect(first && withDefaultProfile(first, DEFAULTS).spec.instanceProfile).toBe('own');
  });

  test('is none when the AWSNodeTemplate does not exist or is on its way out', () => {
    const referring = provisioner({ providerRef: { name: 't' } });
    expect(nodeTemplateOf(referring, new Map(), DEFAULTS)).toBeUndefined();
    expect(nodeTemplateOf(referring, template({}, '2026-01-01T00:00:00Z'), DEFAULTS)).toBeUndefined();
  });

  test('has no profile when nobody names one', () => {
    const bare = { ...DEFAULTS, defaultInstanceProfile: '' };
    expect(nodeTemplateOf(provisioner({ provider: {} }), new Map(), bare)?.spec.instanceProfile).toBeUndefined();
  });
});
