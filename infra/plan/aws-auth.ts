import { isCollection, isMap, isPair, isScalar, isSeq, type Node, parseDocument, type YAMLSeq } from 'yaml';

// EKS keeps who may join a cluster in one text, `mapRoles` of the ConfigMap aws-auth, and everybody writes into the same one. An entry
// lost there locks its nodes out. So the text is never printed anew from what was read of it: one entry is cut into it or out of it,
// and the result is read again and must say what it said before, and this one entry more or less.

/** Why a text was left alone: it is not what aws-auth must hold, or one entry cannot be put in or taken out without a doubt. */
export class MapRolesRefused extends Error {}

interface Mapping {
  readonly rolearn: string;
  readonly username: string;
  readonly groups: readonly string[];
}

/** What makes a kubelet of a machine with that role. The template is filled in at each login, so it stands for every node. */
function nodeMapping(roleArn: string): Mapping {
  return {
    rolearn: roleArn,
    username: 'system:node:{{EC2PrivateDNSName}}',
    groups: ['system:bootstrappers', 'system:nodes'],
  };
}

/**
 * `mapRoles` with the node role's mapping as its last entry and every other byte as it was; unchanged when the role is mapped so
 * already. Throws MapRolesRefused when it is malformed, or maps the role to something else.
 */
export function withMapping(mapRoles: string, roleArn: string): string {
  const { list, entries } = read(mapRoles);
  const mapping = nodeMapping(roleArn);
  const present = entries.filter((entry) => isSameRole(entry.rolearn, roleArn));
  if (present.some((entry) => suffices(entry, mapping))) return mapRoles;
  if (present.length > 0) throw new MapRolesRefused(`it maps ${roleArn} already, to another user or to other groups`);
  return checked(insert(mapRoles, list, mapping), [...entries, mapping]);
}

/**
 * `mapRoles` without the one entry that `withMapping` adds, whoever formatted it, and every other byte as it was; unchanged when
 * there is none. Of several alike the last goes. An entry with more groups is somebody else's, and stays.
 * Throws MapRolesRefused when the text is malformed, or the entry cannot be told from its surroundings.
 */
export function withoutMapping(mapRoles: string, roleArn: string): string {
  const { list, entries } = read(mapRoles);
  const index = entries.findLastIndex((entry) => isExactly(entry, nodeMapping(roleArn)));
  if (list === undefined || index === -1) return mapRoles;
  return checked(remove(mapRoles, list, index), entries.toSpliced(index, 1));
}

type Entry = Readonly<Record<string, unknown>>;

/** `list` is absent when the text holds nothing but comments. */
function read(mapRoles: string): { readonly list: YAMLSeq<Node> | undefined; readonly entries: readonly Entry[] } {
  const document = parseDocument(mapRoles, { logLevel: 'error' });
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) throw new MapRolesRefused(`it is no valid YAML: ${error.message.split('\n')[0]}`);
  const list = document.contents;
  const isNothing = list === null || (isScalar(list) && list.source === '');
  if (isNothing) return { list: undefined, entries: [] };
  if (!isSeq(list)) throw new MapRolesRefused('it is no list');
  if (!list.items.every((item) => isMap(item))) throw new MapRolesRefused('one of its entries is no mapping');
  try {
    return { list: list as YAMLSeq<Node>, entries: document.toJS() as Entry[] };
  } catch (error) {
    // Aliases of aliases of aliases: the library stops before they fill the memory.
    throw new MapRolesRefused(`it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The text, once it is sure that it says exactly this. */
function checked(mapRoles: string, wanted: readonly (Entry | Mapping)[]): string {
  let entries: readonly Entry[];
  try {
    ({ entries } = read(mapRoles));
  } catch (error) {
    if (!(error instanceof MapRolesRefused)) throw error;
    throw new MapRolesRefused(`changing the one entry would break it: ${error.message}`);
  }
  if (JSON.stringify(entries) === JSON.stringify(wanted)) return mapRoles;
  throw new MapRolesRefused('changing the one entry would change others');
}

function insert(text: string, list: YAMLSeq<Node> | undefined, mapping: Mapping): string {
  if (list?.flow) {
    const last = list.items.at(-1);
    const at = last === undefined ? rangeOf(list).start + 1 : rangeOf(last).end;
    return splice(text, at, at, `${last === undefined ? '' : ', '}${JSON.stringify(mapping)}`);
  }
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = blockLines(mapping).map((line) => `${indentationOf(text, list)}${line}`);
  // A text that does not end its last line gets one that does not either, so that taking it out again leaves no trace.
  const endsLine = text === '' || text.endsWith('\n');
  if (!endsLine && list !== undefined && isBlockText(lastLeaf(list)))
    throw new MapRolesRefused('its last text would get a line end that it does not have');
  return endsLine ? `${text}${lines.join(newline)}${newline}` : `${text}${newline}${lines.join(newline)}`;
}

function remove(text: string, list: YAMLSeq<Node>, index: number): string {
  return list.flow ? removeFlow(text, list.items, index) : removeBlock(text, list.items, index);
}

/** Takes whole lines: from the one with the dash to the one where the entry's last value ends. Comments around it stay. */
function removeBlock(text: string, items: readonly Node[], index: number): string {
  const entry = items[index] as Node;
  const dash = text.lastIndexOf('-', rangeOf(entry).start - 1);
  const start = text.lastIndexOf('\n', dash) + 1;
  const end = rangeOf(lastLeaf(entry)).end;
  const lineEnd = text[end - 1] === '\n' ? end : text.indexOf('\n', end) + 1;
  if (lineEnd > 0) return splice(text, start, lineEnd, '');
  return splice(text, start === 0 ? 0 : text.endsWith('\r\n', start) ? start - 2 : start - 1, text.length, '');
}

function removeFlow(text: string, items: readonly Node[], index: number): string {
  const [before, entry, after] = [items[index - 1], items[index] as Node, items[index + 1]];
  const start = before === undefined ? rangeOf(entry).start : rangeOf(before).end;
  const end = before === undefined && after !== undefined ? rangeOf(after).start : rangeOf(entry).end;
  const ownText = text.slice(rangeOf(entry).start, rangeOf(entry).end);
  if (text.slice(start, end).replace(ownText, '').includes('#'))
    throw new MapRolesRefused('a comment stands between the entry and its neighbour');
  return splice(text, start, end, '');
}

/** The white space before the list's first dash; none for a list that does not exist yet. */
function indentationOf(text: string, list: YAMLSeq<Node> | undefined): string {
  const first = list?.items[0];
  if (first === undefined) return '';
  const dash = text.lastIndexOf('-', rangeOf(first).start - 1);
  return text.slice(text.lastIndexOf('\n', dash) + 1, dash);
}

/** As the getting-started page writes it. */
function blockLines({ rolearn, username, groups }: Mapping): readonly string[] {
  return [`- rolearn: ${rolearn}`, `  username: ${username}`, '  groups:', ...groups.map((group) => `    - ${group}`)];
}

/** The value that a node's text ends with; what follows on its line is at most a comment. */
function lastLeaf(node: Node): Node {
  if (!isCollection(node) || node.flow) return node;
  const last: unknown = node.items.at(-1);
  const value = (isPair(last) ? (last.value ?? last.key) : last) as Node | undefined;
  return value?.range ? lastLeaf(value) : node;
}

function isBlockText(node: Node): boolean {
  return isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
}

function rangeOf(node: Node): { readonly start: number; readonly end: number } {
  if (!node.range) throw new MapRolesRefused('the place of an entry is not known');
  return { start: node.range[0], end: node.range[1] };
}

function splice(text: string, start: number, end: number, replacement: string): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** ARNs are compared as the authenticator compares them. */
function isSameRole(rolearn: unknown, roleArn: string): boolean {
  return typeof rolearn === 'string' && rolearn.toLowerCase() === roleArn.toLowerCase();
}

/** Whether nodes can join by it. Windows nodes need a group more, for example. */
function suffices(entry: Entry, mapping: Mapping): boolean {
  const groups: readonly unknown[] = Array.isArray(entry.groups) ? entry.groups : [];
  return entry.username === mapping.username && mapping.groups.every((group) => groups.includes(group));
}

function isExactly(entry: Entry, mapping: Mapping): boolean {
  return (
    isSameRole(entry.rolearn, mapping.rolearn) &&
    suffices(entry, mapping) &&
    (entry.groups as readonly unknown[]).length === mapping.groups.length &&
    Object.keys(entry).length === Object.keys(mapping).length
  );
}
