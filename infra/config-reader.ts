/** What is wrong with one value. `path` is as in `pulumi config set --path`. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** One indented line a problem. */
export function problemLines(problems: readonly Problem[]): string {
  return problems.map(({ path, message }) => `  ${path}: ${message}`).join('\n');
}

/** What a text must look like, and how to say so. */
export interface TextRule {
  readonly pattern: RegExp;
  readonly meaning: string;
}

/**
 * Reads sections of a configuration and collects what is wrong instead of stopping at it. After a problem a harmless value is
 * returned, so callers ask for all they want and look at `problems()` once. Keys that nobody asked for are problems too.
 */
export class ConfigReader {
  readonly #sections = new Map<string, Readonly<Record<string, unknown>>>();
  readonly #asked = new Map<string, Set<string>>();
  readonly #problems: Problem[] = [];

  /** `values`: one JSON object as text per section. */
  constructor(values: Readonly<Record<string, string>>, sections: readonly string[]) {
    for (const [name, text] of Object.entries(values)) {
      if (!sections.includes(name)) this.#report(name, `is no section; there are ${sections.join(', ')}`);
      else this.#sections.set(name, this.#parseSection(name, text));
    }
  }

  /** Every problem found so far, by path. */
  problems(): readonly Problem[] {
    const unknown = [...this.#sections].flatMap(([section, members]) =>
      Object.keys(members)
        .filter((key) => !this.#asked.get(section)?.has(key))
        .map((key) => ({ path: `${section}.${key}`, message: 'is not known' })),
    );
    return [...this.#problems, ...unknown].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The text at `section.key`; `fallback` when absent, or a problem when there is none. Empty after a problem. */
  text(section: string, key: string, rule: TextRule, fallback: string | undefined): string {
    const value = this.optionalText(section, key, rule);
    if (value !== undefined) return value;
    if (fallback === undefined && !this.#has(section, key))
      this.#report(`${section}.${key}`, `is required: ${rule.meaning}`);
    return fallback ?? '';
  }

  /** The text at `section.key`; undefined when absent, or after a problem. */
  optionalText(section: string, key: string, rule: TextRule): string | undefined {
    const value = this.#take(section, key);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && rule.pattern.test(value)) return value;
    this.#report(`${section}.${key}`, `must be ${rule.meaning}, is ${JSON.stringify(value)}`);
    return undefined;
  }

  /** The list of texts at `section.key`; empty when absent, without the wrong ones after a problem. */
  texts(section: string, key: string, rule: TextRule): readonly string[] {
    const value = this.#take(section, key);
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.#report(`${section}.${key}`, `must be a list, is ${JSON.stringify(value)}`);
      return [];
    }
    return value.filter((item: unknown, index): item is string => {
      if (typeof item === 'string' && rule.pattern.test(item)) return true;
      this.#report(`${section}.${key}[${index}]`, `must be ${rule.meaning}, is ${JSON.stringify(item)}`);
      return false;
    });
  }

  /** The boolean at `section.key`, or `fallback`. `"true"` is one as well: `pulumi config set` writes it so. */
  flag(section: string, key: string, fallback: boolean): boolean {
    const value = this.#take(section, key);
    if (value === undefined) return fallback;
    if (value === true || value === 'true') return true;
    if (value !== false && value !== 'false')
      this.#report(`${section}.${key}`, `must be true or false, is ${JSON.stringify(value)}`);
    return false;
  }

  /** The whole number at `section.key`, or `fallback`. `"900"` is one as well: `pulumi config set` writes it so. */
  wholeNumber(
    section: string,
    key: string,
    { min, max }: { readonly min: number; readonly max: number },
    fallback: number,
  ): number {
    const value = this.#take(section, key);
    if (value === undefined) return fallback;
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number;
    this.#report(`${section}.${key}`, `must be a whole number from ${min} to ${max}, is ${JSON.stringify(value)}`);
    return fallback;
  }

  /** One of `choices` at `section.key`, or `fallback`. */
  oneOf<T extends string>(section: string, key: string, choices: readonly T[], fallback: T): T {
    const value = this.#take(section, key);
    const choice = choices.find((candidate) => candidate === value);
    if (value !== undefined && choice === undefined) {
      this.#report(`${section}.${key}`, `must be ${choices.join(' or ')}, is ${JSON.stringify(value)}`);
    }
    return choice ?? fallback;
  }

  /** The whole section as texts. `refusal` says what is wrong with a key, if anything. */
  map(section: string, refusal: (key: string) => string | undefined): Readonly<Record<string, string>> {
    const entries = Object.keys(this.#sections.get(section) ?? {}).flatMap((key) => {
      const value = this.#take(section, key);
      const problem = refusal(key) ?? (isScalar(value) ? undefined : `must be a text, is ${JSON.stringify(value)}`);
      if (problem === undefined) return [[key, String(value)] as const];
      this.#report(`${section}.${key}`, problem);
      return [];
    });
    return Object.fromEntries(entries);
  }

  #parseSection(name: string, text: string): Readonly<Record<string, unknown>> {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return value as Readonly<Record<string, unknown>>;
    } catch {
      // Not JSON: a plain text where an object belongs. Reported below with the rest.
    }
    this.#report(name, `must be an object, is ${JSON.stringify(text)}`);
    return {};
  }

  #has(section: string, key: string): boolean {
    return this.#sections.get(section)?.[key] !== undefined;
  }

  #take(section: string, key: string): unknown {
    this.#asked.set(section, (this.#asked.get(section) ?? new Set()).add(key));
    return this.#sections.get(section)?.[key];
  }

  /** What is asked for twice is wrong once. */
  #report(path: string, message: string): void {
    if (this.#problems.some((problem) => problem.path === path && problem.message === message)) return;
    this.#problems.push({ path, message });
  }
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
