import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { METRICS } from './metric-catalogue.ts';

const DOCUMENT = new URL('../../../docs/metrics.md', import.meta.url);

/** Families in the order of the page, by the beginning of their names. */
const FAMILIES: readonly (readonly [string, readonly string[]])[] = [
  ['Provisioning', ['karpenter_provisioner_']],
  ['Deprovisioning', ['karpenter_deprovisioning_']],
  ['Machines', ['karpenter_machines_']],
  ['Nodes', ['karpenter_nodes_']],
  ['Pods', ['karpenter_pods_']],
  ['Cloud', ['karpenter_cloudprovider_']],
  ['Loops', ['controller_runtime_']],
  ['Kubernetes API', ['rest_client_', 'karpenter_kubernetes_']],
  ['Process', ['karpenter_leader']],
];

const INTRODUCTION = `# Metrics

\`GET /metrics\` on the metrics port (8000, setting \`METRICS_PORT\`) answers in Prometheus' text format. Names, labels and
buckets are those of Karpenter v0.31, so its dashboards and alerts work unchanged; \`karpenter_kubernetes_*\` and
\`karpenter_leader\` are additions. The metrics of the Node.js process (\`process_*\`, \`nodejs_*\`) come on top.

Durations are in seconds. \`resource_type\` is a resource's name in lower case with \`_\` for \`-\`; CPU is in cores, the
others in their base unit. The series of an object go when the object goes.

This page is checked against \`controller/src/telemetry/metric-catalogue.ts\`; a test with \`UPDATE_DOCS=1\` rewrites it.
`;

function page(): string {
  const sections = FAMILIES.map(([title, prefixes]) => {
    const rows = Object.entries(METRICS)
      .filter(([name]) => prefixes.some((prefix) => name.startsWith(prefix)))
      .map(
        ([name, { type, labels, help }]) =>
          `| \`${name}\` | ${type} | ${labels.map((l) => `\`${l}\``).join(', ')} | ${help} |`,
      );
    return `\n## ${title}\n\n| name | type | labels | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return INTRODUCTION + sections.join('');
}

describe('the catalogue of metrics', () => {
  test('is what docs/metrics.md says', () => {
    if (process.env.UPDATE_DOCS === '1') writeFileSync(DOCUMENT, page());
    expect(readFileSync(DOCUMENT, 'utf8')).toBe(page());
  });

  test('has each metric in one family of the page', () => {
    for (const name of Object.keys(METRICS)) {
      const homes = FAMILIES.filter(([, prefixes]) => prefixes.some((prefix) => name.startsWith(prefix)));
      expect({ name, homes: homes.length }).toEqual({ name, homes: 1 });
    }
  });

  test('lists labels in order and explains each metric in a sentence', () => {
    for (const { labels, help } of Object.values(METRICS)) {
      expect(labels).toEqual([...labels].sort());
      expect(help).toMatch(/^[A-Z0-9].*\.$/);
    }
  });
});
