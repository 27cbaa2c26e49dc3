import { statSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { loadCatalogue } from './catalogue.ts';
import { priceNanoUsdPerHour } from './prices.ts';

describe('the catalogue', () => {
  const { types } = loadCatalogue();

  test('holds at least 700 types, each with price, zones and room for pods, in order of name', () => {
    const all = [...types.values()];
    expect(all.length).toBeGreaterThanOrEqual(700);
    const odd = all.filter(
      (type) =>
        !(type.usdPerHour > 0 && type.vcpus > 0 && type.memoryMiB > 0 && type.enis > 0 && /^[a-f]+$/.test(type.zones)),
    );
    expect(odd.map(({ name }) => name)).toEqual([]);
    expect([...types.keys()]).toEqual([...types.keys()].sort());
  });

  test('stays below 500 kB', () => {
    expect(statSync(new URL('./catalogue/us-east-1.json', import.meta.url)).size).toBeLessThan(500_000);
  });

  test('spot costs a quarter to three quarters of on-demand, each zone its own price', () => {
    for (const type of types.values()) {
      for (const zone of ['us-east-1a', 'us-east-1b']) {
        const onDemand = priceNanoUsdPerHour(type, zone, 'on-demand');
        const spot = priceNanoUsdPerHour(type, zone, 'spot');
        if (onDemand === undefined || spot === undefined) continue;
        const share = spot / onDemand;
        expect(share >= 0.2499 && share <= 0.7501).toBe(true);
      }
    }
    const m5 = loadCatalogue(['m5.large']).types.get('m5.large');
    expect(m5 && priceNanoUsdPerHour(m5, 'us-east-1a', 'on-demand')).toBe(96_000_000);
    expect(m5 && priceNanoUsdPerHour(m5, 'us-east-1a', 'spot')).not.toBe(
      m5 && priceNanoUsdPerHour(m5, 'us-east-1b', 'spot'),
    );
  });

  test('a restriction to unknown names is refused, naming them', () => {
    expect(() => loadCatalogue(['m5.large', 'm5.tiny'])).toThrow('m5.tiny');
  });
});
