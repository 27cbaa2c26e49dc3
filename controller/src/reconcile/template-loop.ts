import type { AWSNodeTemplate, AWSNodeTemplateStatus } from '../api/aws-node-template.gen.ts';
import { nodeTemplateHash } from '../api/hash.ts';
import { NODE_TEMPLATE_HASH_ANNOTATION } from '../api/names.ts';
import { validateTemplate } from '../api/validation.ts';
import type { ResolvedTemplate } from '../ports/cloud.ts';
import { OperationError } from '../ports/operation-error.ts';
import { withDefaultProfile } from '../state/node-template.ts';
import { type Statement, withStatements } from './conditions.ts';
import type { LoopContext } from './context.ts';
import { unlessGone } from './machine-deletion.ts';
import type { Again } from './work-queue.ts';

/** How often selectors are resolved anew (ms); upstream's number. */
const RESOLVE_MS = 5 * 60_000;
/** The same while something is wrong. */
const RESOLVE_TROUBLED_MS = 30_000;

/** Keeps one AWSNodeTemplate's hash annotation and its status: what its selectors mean in AWS right now. */
export async function reconcileTemplate(context: LoopContext, name: string): Promise<Again> {
  const template = context.state.templates.get(name);
  if (template === undefined || template.metadata.deletionTimestamp !== undefined) return {};
  await annotate(context, template);
  const problems = validateTemplate(template);
  if (problems.length > 0) {
    const message = problems.map((problem) => `${problem.path}: ${problem.message}`).join('; ');
    await writeStatus(context, name, stalled('InvalidSpec', message), undefined);
    return {};
  }
  try {
    const resolved = await context.cloud.resolve(withDefaultProfile(template, context.settings()));
    await writeStatus(context, name, READY, resolved);
    return { afterMs: RESOLVE_MS };
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    if (error.code !== 'template-unresolved' && error.code !== 'invalid') throw error;
    await writeStatus(context, name, stalled('TemplateUnresolved', error.message), undefined);
    return { afterMs: RESOLVE_TROUBLED_MS };
  }
}

const READY: readonly Statement[] = [
  { type: 'Ready', status: 'True', reason: 'Resolved' },
  { type: 'Reconciling', status: 'False', reason: 'Resolved' },
  { type: 'Stalled', status: 'False', reason: 'Resolved' },
];

function stalled(reason: string, message: string): readonly Statement[] {
  return [
    { type: 'Ready', status: 'False', reason, message },
    { type: 'Reconciling', status: 'False', reason },
    { type: 'Stalled', status: 'True', reason, message },
  ];
}

async function annotate(context: LoopContext, template: AWSNodeTemplate): Promise<void> {
  const hash = nodeTemplateHash(template.spec);
  if (template.metadata.annotations?.[NODE_TEMPLATE_HASH_ANNOTATION] === hash) return;
  await context.kube.patch(
    { kind: 'AWSNodeTemplate', name: template.metadata.name },
    { metadata: { annotations: { [NODE_TEMPLATE_HASH_ANNOTATION]: hash } } },
  );
}

/** Writes the status unless it stands so already. Lists that could not be resolved are emptied: what they said is no longer true. */
async function writeStatus(
  context: LoopContext,
  name: string,
  statements: readonly Statement[],
  resolved: ResolvedTemplate | undefined,
): Promise<void> {
  const template = context.state.templates.get(name);
  if (template === undefined) return;
  const { generation, resourceVersion } = template.metadata;
  const old = template.status?.conditions ?? [];
  const conditions = withStatements(old, statements, { nowMs: context.clock.nowMs(), generation });
  const status = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    subnets: byId(resolved?.subnets ?? []).map(({ id, zone }) => ({ id, zone })),
    securityGroups: resolved?.securityGroups.map(({ id, name: groupName }) => ({ id, name: groupName })) ?? [],
    amis: resolved?.images.map(imageStatus) ?? [],
    conditions: [...conditions],
  };
  if (isSame(status, template.status)) return;
  await unlessGone(() =>
    context.kube.patch(
      { kind: 'AWSNodeTemplate', name },
      { status },
      { subresource: 'status', ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    ),
  );
  const stalledStatement = statements.find(({ type, status: value }) => type === 'Stalled' && value === 'True');
  if (stalledStatement === undefined || conditions === old) return;
  context.reporter.report('awsnodetemplate', {
    code: stalledStatement.reason === 'InvalidSpec' ? 'InvalidSpec' : 'TemplateUnresolved',
    message: stalledStatement.message ?? '',
    about: [{ kind: 'AWSNodeTemplate', metadata: template.metadata }],
    fields: { template: name },
  });
}

/** The port sorts by free addresses, which every launch changes: in a status that would be a write for nothing. */
function byId<T extends { readonly id: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function imageStatus({ id, name, arch }: ResolvedTemplate['images'][number]) {
  return { id, name, requirements: [{ key: 'kubernetes.io/arch', operator: 'In' as const, values: [arch] }] };
}

function isSame(wanted: AWSNodeTemplateStatus, present: AWSNodeTemplateStatus | undefined): boolean {
  if (present === undefined) return false;
  const keys = Object.keys(wanted) as (keyof AWSNodeTemplateStatus)[];
  return keys.every((key) => JSON.stringify(wanted[key]) === JSON.stringify(present[key]));
}
