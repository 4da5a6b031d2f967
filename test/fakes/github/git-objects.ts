import { execFile } from 'node:child_process';

/** Runs git in a git directory and gives its output, undefined when it failed. */
const git = (dir: string, args: readonly string[], input = ''): Promise<Buffer | undefined> =>
  new Promise((resolve) => {
    const options = { encoding: 'buffer' as const, maxBuffer: 200_000_000 };
    const child = execFile('git', ['--git-dir', dir, ...args], options, (error, stdout) =>
      resolve(error === null ? stdout : undefined),
    );
    child.stdin?.on('error', () => undefined); // it needed no input, and has ended
    child.stdin?.end(input);
  });

/** The commit behind a branch, a tag, `heads/…`, `tags/…`, `pull/<n>/head` or a sha, in GitHub's order. */
export const commitOf = async (dir: string, ref: string): Promise<string | undefined> => {
  const names = /^[0-9a-f]{40}$/.test(ref) ? [ref] : [`refs/${ref}`, `refs/heads/${ref}`, `refs/tags/${ref}`];
  for (const name of names) {
    const sha = await git(dir, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
    if (sha !== undefined) return sha.toString().trim();
  }
  return undefined;
};

export type ChangedFile = Readonly<{
  status: 'added' | 'removed' | 'modified' | 'renamed';
  path: string;
  old?: string;
}>;

const KINDS = { A: 'added', D: 'removed', M: 'modified', T: 'modified', R: 'renamed' } as const;

/** What `head` changed since it parted from `before`; undefined when they have nothing in common. */
export const comparisonOf = async (
  dir: string,
  before: string,
  head: string,
): Promise<{ base: string; files: ChangedFile[] } | undefined> => {
  const base = (await git(dir, ['merge-base', before, head]))?.toString().trim();
  if (base === undefined) return undefined;
  const listing = (await git(dir, ['diff-tree', '-r', '-z', '-M', '--name-status', base, head]))?.toString() ?? '';
  const words = listing.split('\0').slice(0, -1);
  const files: ChangedFile[] = [];
  while (words.length > 0) {
    const status = KINDS[words.shift()?.[0] as keyof typeof KINDS];
    const [first = '', second = ''] = words.splice(0, status === 'renamed' ? 2 : 1);
    files.push(status === 'renamed' ? { status, path: second, old: first } : { status, path: first });
  }
  return { base, files };
};

export type TreeEntry = Readonly<{ mode: string; type: string; sha: string; name: string }>;

export const entriesOf = async (dir: string, tree: string): Promise<TreeEntry[]> => {
  const listing = (await git(dir, ['ls-tree', '-z', tree]))?.toString() ?? '';
  return listing.split('\0').flatMap((line) => {
    const [, mode, type, sha, name] = /^(\d+) (\w+) ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    return mode === undefined || type === undefined || sha === undefined || name === undefined
      ? []
      : [{ mode, type, sha, name }];
  });
};

/** What stands at a path of a commit, a link inside the repository being followed. */
export const objectAt = async (
  dir: string,
  sha: string,
  path: string,
): Promise<{ kind: string; sha: string; content: Buffer } | undefined> => {
  const answer = await git(dir, ['cat-file', '--batch', '--follow-symlinks'], `${sha}:${path}\n`);
  const end = answer?.indexOf('\n') ?? -1;
  const [, id, kind, size] = /^([0-9a-f]{40}) (\w+) (\d+)$/.exec(answer?.toString('utf8', 0, end) ?? '') ?? [];
  if (answer === undefined || id === undefined || kind === undefined) return undefined;
  return { kind, sha: id, content: answer.subarray(end + 1, end + 1 + Number(size)) };
};
