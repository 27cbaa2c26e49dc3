import { type EC2Client, paginateDescribeSecurityGroups } from '@aws-sdk/client-ec2';
import type { Clock } from '../ports/clock.ts';
import { collectPages } from './answer-pages.ts';
import { createCachedAnswers } from './cached-answers.ts';
import { type Selector, selectorFilters, selectorText } from './selector-filters.ts';

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
}

const SECURITY_GROUPS_TTL_MS = 60_000;

/** Reads the security groups that a selector matches, by id. An empty selector matches none. */
export function createSecurityGroups(
  ec2: EC2Client,
  clock: Pick<Clock, 'nowMs'>,
): (selector: Selector) => Promise<readonly SecurityGroup[]> {
  const answers = createCachedAnswers<readonly SecurityGroup[]>(clock, SECURITY_GROUPS_TTL_MS);
  return (selector) => answers.get(selectorText(selector), () => readSecurityGroups(ec2, selector));
}

async function readSecurityGroups(ec2: EC2Client, selector: Selector): Promise<readonly SecurityGroup[]> {
  const filters = selectorFilters(selector, 'group-id');
  if (filters.length === 0) return [];
  const found = await collectPages(
    'DescribeSecurityGroups',
    paginateDescribeSecurityGroups({ client: ec2 }, { Filters: filters }),
    (page) => page.SecurityGroups,
  );
  return found
    .map((group) => ({ id: group.GroupId ?? '', name: group.GroupName ?? '' }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
