import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { MapRolesRefused, withMapping, withoutMapping } from './aws-auth.ts';

const ROLE = 'arn:aws:iam::123456789012:role/KarpenterNodeRole-demo';
const OURS = {
  rolearn: ROLE,
  username: 'system:node:{{EC2PrivateDNSName}}',
  groups: ['system:bootstrappers', 'system:nodes'],
};
const OURS_IN_BLOCK = `- rolearn: ${ROLE}
  username: system:node:{{EC2PrivateDNSName}}
  groups:
    - system:bootstrappers
    - system:nodes
`;
const FOREIGN = `- groups:
  - system:masters
  rolearn: arn:aws:iam::123456789012:role/Admin
  username: admin
`;
const indented = (text: string) => text.replaceAll(/^(?=.)/gm, '   ');

describe('adding the mapping of the node role', () => {
  test.each<[string, string, string]>([
    ['to nothing', '', OURS_IN_BLOCK],
    ['after the entries that are there', FOREIGN, FOREIGN + OURS_IN_BLOCK],
    ['to a last line without an end', FOREIGN.trimEnd(), (FOREIGN + OURS_IN_BLOCK).trimEnd()],
    ['as deep as the others', indented(FOREIGN), indented(FOREIGN + OURS_IN_BLOCK)],
    ['below comments', '# nobody yet\n', `# nobody yet\n${OURS_IN_BLOCK}`],
    [
      'with the line ends of the others',
      FOREIGN.replaceAll('\n', '\r\n'),
      (FOREIGN + OURS_IN_BLOCK).replaceAll('\n', '\r\n'),
    ],
    ['to an empty list in brackets', '[ ]', `[${JSON.stringify(OURS)} ]`],
    ['to JSON', '[\n  {"rolearn":"a"}\n]\n', `[\n  {"rolearn":"a"}, ${JSON.stringify(OURS)}\n]\n`],
  ])('%s', (_story, before, want) => {
    expect(withMapping(before, ROLE)).toBe(want);
    expect(withoutMapping(want, ROLE)).toBe(before);
  });

  test.each([
    ['in brackets', `[${JSON.stringify(OURS)}]`],
    ['with a group more, as for Windows', `${OURS_IN_BLOCK}    - eks:kube-proxy-windows\n`],
    ['in capitals', OURS_IN_BLOCK.replace(ROLE, ROLE.toUpperCase())],
  ])('does nothing where the role is mapped already %s', (_how, text) => {
    expect(withMapping(text, ROLE)).toBe(text);
  });

  test('is refused where the role is mapped to somebody else', () => {
    const text = OURS_IN_BLOCK.replace('system:node:', 'admin:');
    expect(() => withMapping(text, ROLE)).toThrow(/maps .* already/);
  });
});

describe('removing the mapping of the node role', () => {
  test('leaves the comments around it, and the entries after it', () => {
    const [above, below] = [`${FOREIGN}\n# ours:\n`, `\n# theirs:\n${FOREIGN}`];
    expect(withoutMapping(above + OURS_IN_BLOCK + below, ROLE)).toBe(above + below);
  });

  test.each<[string, string, string]>([
    [
      'as the first of a list in brackets',
      `[{rolearn: ${ROLE}, groups: [system:nodes, system:bootstrappers], username: "${OURS.username}"}, {rolearn: a}]`,
      '[{rolearn: a}]',
    ],
    [
      'with its keys in the order of eksctl',
      `- groups:\n  - system:bootstrappers\n  - system:nodes\n  rolearn: ${ROLE}\n  username: ${OURS.username}\n${FOREIGN}`,
      FOREIGN,
    ],
    [
      'with a list in brackets at its end, and a comment',
      `${FOREIGN}- rolearn: ${ROLE}\n  username: ${OURS.username}\n  groups: [system:bootstrappers, system:nodes] # nodes\n`,
      FOREIGN,
    ],
    ['the last of two alike', OURS_IN_BLOCK + FOREIGN + OURS_IN_BLOCK, OURS_IN_BLOCK + FOREIGN],
  ])('finds it %s', (_how, text, want) => {
    expect(withoutMapping(text, ROLE)).toBe(want);
  });

  test.each([
    ['another role', FOREIGN],
    ['a role whose name begins alike', OURS_IN_BLOCK.replace(ROLE, `${ROLE}-2`)],
    ['the role with a group more', `${OURS_IN_BLOCK}    - eks:kube-proxy-windows\n`],
    ['no role', ''],
  ])('leaves %s alone', (_whose, text) => {
    expect(withoutMapping(text, ROLE)).toBe(text);
  });
});

describe('a text that is not understood without a doubt is refused with the reason', () => {
  test.each<[string, string, RegExp]>([
    ['broken YAML', '- rolearn: [\n', /no valid YAML/],
    ['a tab for indentation', '- rolearn: a\n\tusername: b\n', /no valid YAML/],
    ['one key twice', '- rolearn: a\n  rolearn: b\n', /no valid YAML/],
    ['a mapping', 'rolearn: a\n', /no list/],
    ['a list of texts', '- arn:aws:iam::123456789012:role/Admin\n', /no mapping/],
    ['two documents', `${FOREIGN}---\n${FOREIGN}`, /no valid YAML/],
    ['a document that is over', `${FOREIGN}...\n`, /break it/],
    ['a text that a new line would change', '- rolearn: a\n  username: |\n    b', /line end/],
    ['a text that keeps all its line ends', '- rolearn: a\n  username: |+\n    b\n  ', /line end|change others/],
    ['an unknown tag', '- !role {rolearn: a}\n', /no valid YAML/],
  ])('%s', (_what, text, reason) => {
    expect(() => withMapping(text, ROLE)).toThrow(reason);
    expect(() => withMapping(text, ROLE)).toThrow(MapRolesRefused);
  });

  test('an entry whose going would give its blank lines to the text before it', () => {
    const text = `- rolearn: a\n  username: |+\n    b\n${OURS_IN_BLOCK}\n\n`;
    expect(() => withoutMapping(text, ROLE)).toThrow(/change others/);
  });

  test('a comment between our entry in brackets and the one before it', () => {
    const text = `[\n  {rolearn: a}, # theirs\n  ${JSON.stringify(OURS)}\n]\n`;
    expect(() => withoutMapping(text, ROLE)).toThrow(/comment/);
  });
});

describe('whatever others have written', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9:-]{0,8}[a-z0-9]$/);
  const quoted = fc.oneof(
    word,
    word.map((text) => `'${text}'`),
    fc.string({ maxLength: 12 }).map((text) => JSON.stringify(text)),
  );
  const entry = fc.record({ rolearn: quoted, username: quoted, groups: fc.array(quoted, { maxLength: 3 }) });
  const comment = fc.constantFrom('', '\n', '# a remark\n', '   # a deep one\n', '\n\n# - rolearn: no entry\n');

  const blockEntry = fc
    .tuple(entry, fc.constantFrom('flow', 'block', 'inline', 'literal'), fc.constantFrom(' ', '   '), comment)
    .map(([{ rolearn, username, groups }, style, gap, remark]) => {
      if (style === 'inline') return `-${gap}{rolearn: ${rolearn}, groups: [${groups.join(', ')}]} # inline\n${remark}`;
      const key = ` ${gap}`;
      const user = style === 'literal' ? `|\n${key}  - rolearn: text\n\n${key}  more` : username;
      const list =
        style === 'block' && groups.length > 0
          ? groups.map((group) => `\n${key}- ${group}`).join('')
          : ` [${groups.join(',  ')}]`;
      return `-${gap}rolearn:   ${rolearn}\n${key}groups:${list}\n${key}username: ${user}\n${remark}`;
    });
  const block = fc
    .record({
      head: fc.constantFrom('', '---\n', '# all of them\n', '\n'),
      entries: fc.array(blockEntry, { maxLength: 6 }),
      indentation: fc.constantFrom('', ' ', '     '),
      newline: fc.constantFrom('\n', '\r\n'),
      isLastLineEnded: fc.boolean(),
    })
    .map(({ head, entries, indentation, newline, isLastLineEnded }) => {
      const body = entries.join('').replaceAll(/^(?=.)/gm, indentation);
      // A literal text that ends without a line end changes when one is added: refused, and tested above.
      const text = isLastLineEnded || body.includes('more') ? head + body : (head + body).replace(/\n$/, '');
      return text.replaceAll('\n', newline);
    });
  const flow = fc
    .tuple(fc.array(entry, { maxLength: 5 }), fc.constantFrom('', ' ', '\n  '), fc.constantFrom('', '\n'), fc.boolean())
    .map(([entries, gap, tail, hasLastComma]) => {
      const items = entries.map(
        ({ rolearn, username, groups }) =>
          `${gap}{rolearn: ${rolearn}, username: ${username}, groups: [${groups.join(', ')}]}`,
      );
      return `[${items.join(',')}${hasLastComma && items.length > 0 ? ' ,' : ''}${gap}]${tail}`;
    });
  const mapRoles = fc.oneof(block, flow);
  const runs = { seed: 20260302, numRuns: 1000 };

  test('adding says one thing more, and removing it gives back the same bytes', () => {
    fc.assert(
      fc.property(mapRoles, (text) => {
        const added = withMapping(text, ROLE);
        expect(parse(added)).toEqual([...(parse(text) ?? []), OURS]);
        expect(withoutMapping(added, ROLE)).toBe(text);
      }),
      runs,
    );
  });

  test('doing it twice is doing it once', () => {
    fc.assert(
      fc.property(mapRoles, (text) => {
        const added = withMapping(text, ROLE);
        expect(withMapping(added, ROLE)).toBe(added);
        expect(withoutMapping(text, ROLE)).toBe(text);
      }),
      runs,
    );
  });

  test('entries that others add after ours stay when ours goes', () => {
    fc.assert(
      fc.property(block, fc.array(entry, { minLength: 1, maxLength: 3 }), (text, entries) => {
        const added = withMapping(text, ROLE);
        const newline = added.includes('\r\n') ? '\r\n' : '\n';
        const indentation = /(^|\n)( *)- /.exec(added)?.[2] ?? '';
        const foreign = entries.map(({ rolearn }) => `${indentation}- {rolearn: ${rolearn}}${newline}`).join('');
        const ended = added.endsWith(newline) ? added : added + newline;
        expect(withoutMapping(ended + foreign, ROLE)).toBe(
          (text === '' || text.endsWith(newline) ? text : text + newline) + foreign,
        );
      }),
      runs,
    );
  });
});
