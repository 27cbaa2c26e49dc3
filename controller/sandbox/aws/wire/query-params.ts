/** A decoded form: what stands at a name, and what stands below it. */
interface Node {
  text: string | undefined;
  readonly children: Map<string, Node>;
}

/**
 * The parameters of a query-protocol request as a tree: `Filter.1.Value.2=x` stands at Filter, first item, Value, second item.
 * Reading what is absent gives undefined or an empty list.
 */
export interface QueryParams {
  /** The text at a dotted path. */
  text(path: string): string | undefined;
  /** The items of a list in the order of their numbers; gaps close up. */
  items(path: string): readonly QueryParams[];
  /** The items of a list of texts. */
  texts(path: string): readonly string[];
  /** The number at a path; NaN when the text is no number. */
  number(path: string): number | undefined;
  isTrue(path: string): boolean;
}

/** Dots in one name: no AWS request nests as deep, and a hostile one may not make us recurse. */
const DEPTH_MAX = 32;

/** Reads an `application/x-www-form-urlencoded` body. */
export function decodeQuery(body: string): QueryParams {
  const root: Node = { text: undefined, children: new Map() };
  for (const [name, value] of new URLSearchParams(body)) {
    const path = name.split('.').slice(0, DEPTH_MAX);
    let node = root;
    for (const part of path) {
      const child: Node = node.children.get(part) ?? { text: undefined, children: new Map() };
      node.children.set(part, child);
      node = child;
    }
    node.text = value;
  }
  return viewOf(root);
}

function viewOf(root: Node): QueryParams {
  const find = (path: string): Node | undefined =>
    path.split('.').reduce<Node | undefined>((node, part) => node?.children.get(part), root);
  const itemNodes = (path: string): readonly Node[] =>
    [...(find(path)?.children ?? [])]
      .filter(([index]) => /^\d+$/.test(index))
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([, node]) => node);
  const text = (path: string): string | undefined => find(path)?.text;
  return {
    text,
    items: (path) => itemNodes(path).map(viewOf),
    texts: (path) => itemNodes(path).flatMap((node) => node.text ?? []),
    number: (path) => {
      const value = text(path);
      return value === undefined ? undefined : Number(value);
    },
    isTrue: (path) => text(path) === 'true',
  };
}
