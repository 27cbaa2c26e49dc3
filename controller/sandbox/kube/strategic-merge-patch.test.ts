import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mergePatched } from './json-value.ts';
import { strategicMergePatched } from './strategic-merge-patch.ts';

const pod = {
  metadata: { name: 'p', finalizers: ['a', 'b'] },
  spec: {
    containers: [
      { name: 'app', image: 'app:1', ports: [{ containerPort: 80, name: 'http' }], args: ['x'] },
      { name: 'proxy', image: 'proxy:1' },
    ],
    tolerations: [{ key: 'a' }],
    volumes: [{ name: 'v', emptyDir: {} }],
  },
};

test('containers are merged by name, ports by number, and other lists are replaced', () => {
  const patch = {
    spec: {
      containers: [{ name: 'app', image: 'app:2', args: ['y'], ports: [{ containerPort: 81 }] }],
      tolerations: [{ key: 'b' }],
    },
  };
  expect(strategicMergePatched('V1Pod', pod, patch).spec).toMatchObject({
    containers: [
      { name: 'app', image: 'app:2', args: ['y'], ports: [{ containerPort: 80, name: 'http' }, { containerPort: 81 }] },
      { name: 'proxy', image: 'proxy:1' },
    ],
    tolerations: [{ key: 'b' }],
  });
});

test('directives delete items, replace lists, remove values and order what stays', () => {
  const patch = {
    metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c'] },
    spec: {
      '$setElementOrder/containers': [{ name: 'new' }, { name: 'app' }],
      containers: [
        { name: 'new', image: 'new:1' },
        { name: 'proxy', $patch: 'delete' },
      ],
    },
  };
  const result = strategicMergePatched('V1Pod', pod, patch);
  expect(result.metadata).toEqual({ name: 'p', finalizers: ['b', 'c'] });
  expect((result.spec as typeof pod.spec).containers.map(({ name }) => name)).toEqual(['new', 'app']);
  const replaced = strategicMergePatched('V1Pod', pod, {
    spec: { volumes: [{ $patch: 'replace' }, { name: 'w', hostPath: { path: '/' } }] },
  });
  expect((replaced.spec as typeof pod.spec).volumes).toEqual([{ name: 'w', hostPath: { path: '/' } }]);
});

test('retained keys drop what excludes them', () => {
  const before = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
  const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
  expect(strategicMergePatched('V1Deployment', before, patch)).toEqual({ spec: { strategy: { type: 'Recreate' } } });
});

test('a taint is replaced by its key and a condition by its type', () => {
  const node = {
    spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] },
    status: { conditions: [{ type: 'Ready', status: 'False' }] },
  };
  const patch = {
    spec: { taints: [{ key: 'a', effect: 'NoExecute' }] },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  };
  expect(strategicMergePatched('V1Node', node, patch)).toEqual({
    spec: { taints: [{ key: 'a', effect: 'NoExecute' }] },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
});

test('without lists it is a merge patch, and changes neither argument', () => {
  const labels = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,3}$/),
    fc.option(fc.stringMatching(/^[a-z]{0,3}$/), { nil: null }),
    { maxKeys: 4 },
  );
  fc.assert(
    fc.property(labels, labels, (left, right) => {
      const [current, patch] = [{ metadata: { labels: left } }, { metadata: { labels: right } }];
      const copies = structuredClone([current, patch]);
      expect(strategicMergePatched('V1Pod', current, patch)).toEqual(mergePatched(current, patch));
      expect([current, patch]).toEqual(copies);
    }),
    { seed: 7 },
  );
});
