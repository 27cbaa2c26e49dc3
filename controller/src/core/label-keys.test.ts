import { expect, test } from '@jest/globals';
import { CAPACITY_TYPE_LABEL, HOSTNAME_LABEL, ZONE_LABEL } from '../api/names.ts';
import { CAPACITY_TYPE_KEY, HOSTNAME_KEY, ZONE_KEY } from './label-keys.ts';

test('the scheduler knows zone, capacity type and hostname by the names that the API gives them', () => {
  expect([ZONE_KEY, CAPACITY_TYPE_KEY, HOSTNAME_KEY]).toEqual([ZONE_LABEL, CAPACITY_TYPE_LABEL, HOSTNAME_LABEL]);
});
