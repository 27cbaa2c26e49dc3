import { describe, expect, test } from '@jest/globals';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import { eventsOf, MINUTE_MS, pod, provisioner, runningCluster, TEST_MS_MAX } from './scenario-objects.ts';

describe('a pod with a constraint that is not weighed yet', () => {
  test.each([['spec.resourceClaims', { resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 'gpu' }] }]])(
    'gets one event that names %s, no node, and holds up no other pod',
    async (field, constraint) => {
      const cluster = new VirtualCluster();
      // Larger than anything that stands, so that only a purchase would help.
      const odd = pod('odd', { ...constraint, containers: LARGE });
      await runningCluster([odd, provisioner('default'), pod('plain')], { pods: 1 }, cluster);
      await cluster.pass(15 * MINUTE_MS);

      const complaints = eventsOf(cluster, 'FailedScheduling').filter(
        (event) => Object(event['involvedObject']).name === 'odd',
      );
      expect(complaints.length).toBe(1);
      expect(complaints[0]?.['message']).toContain(field);
      // Told again at most every five minutes.
      expect(Number(complaints[0]?.['count'])).toBeLessThanOrEqual(4);
      expect(cluster.store.list('Machine').length).toBe(1);
      expect(cluster.pods('Pending').map(({ metadata }) => metadata.name)).toEqual(['odd']);
    },
    TEST_MS_MAX,
  );
});

const LARGE = [{ name: 'main', image: 'pause', resources: { requests: { cpu: '12' } } }];
