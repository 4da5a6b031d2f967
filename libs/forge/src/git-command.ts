import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { ForgeUnavailable } from '#errors';

/** git on a local repository answers in milliseconds; a file system that hangs must not hold a consumer. */
const TIME_LIMIT_MS = 10_000;
const STDERR_KEPT = 1000;

/** A repository for git to work on, and where to look for git (the form of `PATH`). */
export type GitPlace = Readonly<{ gitDir: string; searchPath: string }>;

/**
 * Settings of this machine and of its users must not change what a commit contains, and a repository's own settings must
 * not start anything: no replaced objects, no fetching of missing ones, no prompts. The repository is named, not searched.
 */
const environmentOf = ({ gitDir, searchPath }: GitPlace): NodeJS.ProcessEnv => ({
  PATH: searchPath,
  LC_ALL: 'C',
  GIT_DIR: gitDir,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: gitDir,
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: 'none',
});

/** One git process, without a shell. */
export class GitProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** The exit code, null when it was killed. @throws ForgeUnavailable when git cannot be started */
  readonly exited: Promise<number | null>;
  private readonly child: ChildProcess;
  private complaint = '';

  constructor(
    private readonly place: GitPlace,
    private readonly args: readonly string[],
  ) {
    const child = spawn('git', args, { env: environmentOf(place) });
    const limit = setTimeout(() => child.kill('SIGKILL'), TIME_LIMIT_MS).unref();
    this.child = child;
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    // A process that ended early shows by the end of its output; the broken pipe would say the same with less sense.
    child.stdin.on('error', () => undefined);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (this.complaint.length < STDERR_KEPT) this.complaint += text;
    });
    this.exited = new Promise<number | null>((resolve, reject) => {
      child.once('close', resolve);
      child.once('error', (cause) =>
        reject(new ForgeUnavailable(`git cannot be started from ${place.searchPath}`, undefined, { cause })),
      );
    }).finally(() => clearTimeout(limit));
    this.exited.catch(() => undefined); // whoever waits for it sees it; nobody may be waiting
  }

  /** Why git ended when it should not have. */
  async failure(): Promise<ForgeUnavailable> {
    const code = await this.exited;
    const why = this.complaint.trim().slice(0, STDERR_KEPT) || 'no output';
    const how = code === null ? `was killed, at the latest after ${TIME_LIMIT_MS / 1000} s` : `ended with ${code}`;
    return new ForgeUnavailable(`git ${this.args[0] ?? ''} in ${this.place.gitDir} ${how}: ${why}`);
  }

  end(): void {
    this.stdin.end();
    this.stdout.destroy();
    this.child.kill('SIGKILL');
  }
}

/** Runs git to its end, for a short answer; undefined when it says "none" (exit code 1). @throws ForgeUnavailable */
export const askGit = async (place: GitPlace, args: readonly string[]): Promise<string | undefined> => {
  const git = new GitProcess(place, args);
  git.stdin.end();
  let answer = '';
  for await (const text of git.stdout.setEncoding('utf8')) answer += text as string;
  const code = await git.exited;
  if (code === 1) return undefined;
  if (code !== 0) throw await git.failure();
  return answer.trim();
};

/** Runs git for a list whose items end with NUL; undefined when it has more than `most`. @throws ForgeUnavailable */
export const listFromGit = async (
  place: GitPlace,
  args: readonly string[],
  most: number,
): Promise<string[] | undefined> => {
  const git = new GitProcess(place, args);
  git.stdin.end();
  const items: string[] = [];
  let rest = '';
  for await (const text of git.stdout.setEncoding('utf8')) {
    const parts = (rest + (text as string)).split('\0');
    rest = parts.pop() ?? '';
    items.push(...parts);
    if (items.length <= most) continue;
    git.end();
    return undefined;
  }
  if ((await git.exited) !== 0) throw await git.failure();
  return items;
};
