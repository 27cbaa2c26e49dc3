import type { ExistingNodeResult, NodeResult, PlanResult } from './plan-result.ts';
import { type Column, tableLines } from './text-table.ts';

/** How a text is set off; the same text where the output takes no colours. */
export interface Style {
  readonly title: (text: string) => string;
  readonly warning: (text: string) => string;
}

export const PLAIN_STYLE: Style = { title: (text) => text, warning: (text) => text };
export const COLOUR_STYLE: Style = {
  title: (text) => `\u001b[1m${text}\u001b[0m`,
  warning: (text) => `\u001b[33m${text}\u001b[0m`,
};

/** Reasons told to a person; further ones are counted. */
const REASONS_MAX = 20;

interface NodeRow extends NodeResult {
  readonly count: number;
}

const NODE_COLUMNS: readonly Column<NodeRow>[] = [
  { title: 'NODES', isNumber: true, cell: ({ count }) => String(count) },
  { title: 'PROVISIONER', cell: ({ provisioner }) => provisioner },
  { title: 'INSTANCE TYPE', cell: ({ instanceType }) => instanceType },
  { title: 'ZONE', cell: ({ zone }) => zone },
  { title: 'CAPACITY TYPE', cell: ({ capacityType }) => capacityType },
  { title: '$/HOUR', isNumber: true, cell: ({ price }) => price.toFixed(4) },
  { title: 'PODS', isNumber: true, cell: ({ podCount }) => String(podCount) },
  { title: 'CPU', isNumber: true, cell: ({ requests }) => requests.cpu ?? '0' },
  { title: 'MEMORY', isNumber: true, cell: ({ requests }) => requests.memory ?? '0' },
  { title: 'TYPES LEFT', isNumber: true, cell: ({ instanceTypeOptionCount }) => String(instanceTypeOptionCount) },
];

const EXISTING_COLUMNS: readonly Column<ExistingNodeResult>[] = [
  { title: 'EXISTING NODE', cell: ({ name }) => name },
  { title: 'PODS', isNumber: true, cell: ({ podCount }) => String(podCount) },
];

/** Returns the plan as people read it: new nodes, pods on nodes there are, pods without a place, and the sum. */
export function planTable(result: PlanResult, style: Style): string {
  const blocks = [
    block(NODE_COLUMNS, nodeRows([...result.newNodeClaims]), style),
    block(EXISTING_COLUMNS, result.existingNodes, style),
    unplacedLines(result).map((line) => style.warning(line)),
    [summaryLine(result)],
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

/** Nodes that read the same share a line, at the place of the first. Those whose pods are listed stand alone. */
function nodeRows(nodes: readonly NodeResult[]): NodeRow[] {
  if (nodes.some(({ pods }) => pods !== undefined)) return nodes.map((node) => ({ ...node, count: 1 }));
  const alike = Map.groupBy(nodes, (node) => NODE_COLUMNS.map(({ cell }) => cell({ ...node, count: 0 })).join('\0'));
  return [...alike.values()].flatMap((group) => group.slice(0, 1).map((node) => ({ ...node, count: group.length })));
}

/** The table, each row followed by its details; nothing when there are no rows. */
function block<Row extends { readonly pods?: readonly string[]; readonly instanceTypeOptions?: readonly string[] }>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: Style,
): string[] {
  if (rows.length === 0) return [];
  const [title = '', ...lines] = tableLines(columns, rows);
  return [style.title(title), ...lines.flatMap((line, index) => [line, ...detailLines(rows[index])])];
}

function detailLines(
  row: { readonly pods?: readonly string[]; readonly instanceTypeOptions?: readonly string[] } | undefined,
): string[] {
  const { instanceTypeOptions = [], pods = [] } = row ?? {};
  return [
    ...(instanceTypeOptions.length > 0 ? [`       types: ${instanceTypeOptions.join(' ')}`] : []),
    ...pods.map((pod) => `       ${pod}`),
  ];
}

/** One line a reason, with the first pod that has it. */
function unplacedLines({ podErrors, podErrorReasons }: PlanResult): string[] {
  if (podErrors === 0) return [];
  const shown = podErrorReasons.slice(0, REASONS_MAX);
  const reasons = shown.map(({ pod, podCount, message }) => {
    const others = podCount > 1 ? ` and ${podCount - 1} more` : '';
    return `  ${pod}${others}: ${message}`;
  });
  const untold = podErrorReasons.length - shown.length;
  const rest = untold > 0 ? [`  and ${counted(untold, 'more reason')}: -o json has them all`] : [];
  return [`${counted(podErrors, 'pod')} without a place`, ...reasons, ...rest];
}

function summaryLine(result: PlanResult): string {
  const nodes = `${counted(result.newNodeClaimCount, 'new node')} for ${result.costPerHour.toFixed(4)} $/hour`;
  const { podsOnNewNodes, podsOnExistingNodes, unscheduled } = result;
  return `${nodes}; ${counted(podsOnNewNodes, 'pod')} on new nodes, ${podsOnExistingNodes} on existing ones, ${unscheduled} without a place`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
