import { compileGlobs } from '#glob';
import { UnusableStep } from '#errors';
import type { Sandbox, TreeEntry } from '../executor/index.js';
import { TreeGuard } from './tree-guard.js';

/** A file or link of the workspace; `name` is its path there. */
export type Collected = Readonly<{ name: string; entry: TreeEntry }>;

export type Collection = Readonly<{
  /** Those that were asked for, in the order in which they were found; each is read before the next one is asked for. */
  files: AsyncIterable<Collected>;
  /** Once all have been asked for: the patterns that nothing matched. */
  unmatched: () => readonly string[];
}>;

const WORKSPACE = 'workspace';
/** The runner's own copy of the repository's history is none of what a job leaves behind. */
const isHistory = (name: string): boolean => name === '.git' || name.startsWith('.git/');

/** The folders that must be looked into: a pattern that begins with a plain name is looked for below that alone. */
const rootsOf = (patterns: readonly string[]): readonly string[] => {
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'));
  const first = wanted.map((pattern) => pattern.split('/')[0] ?? '');
  const isPlain = wanted.length > 0 && first.every((name) => !/[*?[\]{}\\!]/.test(name));
  return isPlain ? [...new Set(first)].sort().map((name) => `${WORKSPACE}/${name}`) : [WORKSPACE];
};

/**
 * Finds the files of the workspace that match, after the steps. Links that lead out of it, devices and the like are left
 * out: `refuse` is told each by name. Nothing is followed.
 */
export const collect = (
  sandbox: Sandbox,
  patterns: readonly string[],
  refuse: (name: string, why: string) => void,
): Collection => {
  const compiled = compileGlobs(patterns);
  if (!compiled.ok) throw new UnusableStep(0, compiled.faults[0]?.message ?? 'its patterns cannot be used');
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'));
  const singles = wanted.map((pattern) => ({ pattern, compiled: compileGlobs([pattern]) }));
  const unmatched = new Set(wanted);

  const files = async function* (): AsyncGenerator<Collected> {
    const guard = new TreeGuard({ roots: [WORKSPACE], links: 'within' });
    for (const root of rootsOf(patterns))
      for await (const found of sandbox.entries(root)) {
        const name = found.path.slice(WORKSPACE.length + 1);
        if (found.kind === 'folder' || isHistory(name) || !compiled.globs.matches(name)) continue;
        for (const { pattern, compiled: single } of singles)
          if (unmatched.has(pattern) && single.ok && single.globs.matches(name)) unmatched.delete(pattern);
        const entry = found.kind === 'hardlink' ? ((await itself(sandbox, found.path)) ?? found) : found;
        const why = guard.refusal(entry);
        if (why === undefined) yield { name, entry };
        else refuse(name, why);
      }
  };
  return { files: files(), unmatched: () => [...unmatched] };
};

/** The file behind a hard link, by itself: in an archive of its own it has its bytes. */
const itself = async (sandbox: Sandbox, path: string): Promise<TreeEntry | undefined> => {
  const reading = sandbox.entries(path)[Symbol.asyncIterator]();
  const first = await reading.next();
  await reading.return?.();
  if (first.done || first.value.kind !== 'file') return undefined;
  // Its bytes are read when they are asked for, in a reading of their own.
  const content = async function* (): AsyncGenerator<Uint8Array> {
    for await (const again of sandbox.entries(path)) yield* again.content ?? [];
  };
  return { ...first.value, content: content() };
};
