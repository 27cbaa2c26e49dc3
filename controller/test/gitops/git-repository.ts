import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const BRANCH = 'main';
const NAME = 'karpenter-gitops';

/** A git repository of one branch in a temporary folder: what an engineer edits and commits, and what an engine fetches. */
export interface GitRepository {
  /** Its folder, work tree and all. */
  readonly folder: string;
  readonly branch: string;
  /** The text of a file in the work tree. */
  read(path: string): string;
  /** Puts a file into the work tree, and its folders. */
  write(path: string, text: string): void;
  remove(path: string): void;
  /** Replaces `from` in a file, and throws when it is not there: an edit that changes nothing would make a test wait in vain. */
  replace(path: string, from: string, to: string): void;
  /** Commits the whole work tree; the commit's SHA. */
  commit(message: string): string;
  /** SHA of the last commit. */
  head(): string;
  /** Writes the tree of a commit into `file`, as a gzipped tar. */
  archive(revision: string, file: string): void;
  /** Removes the folder. */
  close(): void;
}

/** Makes a repository whose first commit holds `folders`, copied to the paths they are named by. */
export function createGitRepository(folders: Readonly<Record<string, string>>): GitRepository {
  // Alone in its parent, so that whoever serves the parent serves nothing else.
  const parent = mkdtempSync(join(tmpdir(), 'gitops-repository-'));
  const folder = join(parent, NAME);
  mkdirSync(folder);
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8', env: environment() });
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const head = () => git('rev-parse', 'HEAD').trim();
  const commit = (message: string) => {
    git('add', '--all');
    git('commit', '--quiet', '--message', message);
    return head();
  };
  git('init', '--quiet', '--initial-branch', BRANCH);
  for (const [path, source] of Object.entries(folders)) cpSync(source, join(folder, path), { recursive: true });
  commit('Start');
  return {
    folder,
    branch: BRANCH,
    read,
    write,
    replace: (path, from, to) => {
      const text = read(path);
      if (!text.includes(from)) throw new Error(`${path} does not hold: ${from}`);
      write(path, text.replace(from, to));
    },
    remove: (path) => rmSync(join(folder, path)),
    commit,
    head,
    archive: (revision, file) => git('archive', '--format=tar.gz', `--output=${file}`, revision),
    close: () => rmSync(parent, { recursive: true, force: true }),
  };
}

/** Nothing of who runs the tests: neither their name nor their hooks, signing keys or configuration. */
function environment(): NodeJS.ProcessEnv {
  const person = { name: 'engineer', email: 'engineer@example.com' };
  return {
    PATH: process.env.PATH,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: person.name,
    GIT_AUTHOR_EMAIL: person.email,
    GIT_COMMITTER_NAME: person.name,
    GIT_COMMITTER_EMAIL: person.email,
  };
}
