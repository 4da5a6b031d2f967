import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SourceUnavailable } from '#errors';
import { quoted, type HostShells } from '../host-shell/index.js';

/** How git is run. `path`: where programs are looked for. `timeLimitMs`: for each process. */
export type GitSettings = Readonly<{ path: string; timeLimitMs: number; signal: AbortSignal; shells: HostShells }>;

export type GitCall = Readonly<{
  args: readonly string[];
  environment?: Readonly<Record<string, string>>;
  input?: string;
  /** Of its output only the lines that match are kept. */
  lines?: RegExp | undefined;
  /** More output than can be kept is a failure. */
  whole?: boolean;
  signal?: AbortSignal;
}>;

const MAX_OUTPUT = 64 * 1024;
const MAX_WORDS = 1000;

/**
 * Nothing of the machine's or the user's settings reaches git: no configuration, no attributes, no home (a file can have
 * no files in it), no prompt, no hooks, no background work.
 */
const ENVIRONMENT = {
  HOME: '/dev/null',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '/bin/false',
  SSH_ASKPASS: '/bin/false',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_ALLOW_PROTOCOL: 'none',
} as const;
const SETTINGS = ['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'gc.auto=0', 'maintenance.auto=false'];
const OPTIONS = SETTINGS.flatMap((setting) => ['-c', setting]);

/** git's own words, on one line, without control characters: they end up in a log that people read. */
const wordsOf = (stderr: string): string =>
  stderr
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(-MAX_WORDS);

/**
 * Runs one git process, without a shell, in a process group of its own.
 * @returns what it wrote to stdout, at most 64 KiB of it.
 * @throws SourceUnavailable with git's words when it fails, takes too long, is not there or is aborted.
 */
export const runGit = (settings: GitSettings, call: GitCall): Promise<string> => {
  const { args, environment, input, lines, whole = false, signal } = call;
  const command = args.find((arg) => !arg.startsWith('-')) ?? '';
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void =>
      reject(new SourceUnavailable(`git ${command}: ${why}`, { cause }));
    if (settings.signal.aborted || signal?.aborted) return fail('stopped');

    const child = spawn('git', [...OPTIONS, ...args], {
      env: { PATH: settings.path, ...ENVIRONMENT, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: '/',
      detached: true,
    });
    let stdout = '';
    let begun = '';
    let stderr = '';
    let stopped: string | undefined;
    const stop = (why: string): void => {
      stopped ??= why;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The group has ended of itself.
      }
    };
    const abort = (): void => stop('stopped');
    const limit = setTimeout(() => stop(`took longer than ${settings.timeLimitMs / 1000} s`), settings.timeLimitMs);
    settings.signal.addEventListener('abort', abort);
    signal?.addEventListener('abort', abort);
    const done = (): void => {
      clearTimeout(limit);
      settings.signal.removeEventListener('abort', abort);
      signal?.removeEventListener('abort', abort);
    };

    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const ended = lines ? (begun + text).split('\n') : [];
      begun = ended.pop() ?? '';
      const kept = lines ? ended.flatMap((line) => (lines.test(line) ? [`${line}\n`] : [])).join('') : text;
      if (stdout.length < MAX_OUTPUT) stdout += kept;
      else if (whole && kept !== '') stop('its answer is too long');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-MAX_WORDS * 4)));
    // git may end before it has read its input; how it ended says more than the broken pipe.
    child.stdin.on('error', () => undefined).end(input ?? '');
    child.on('error', (error) => {
      done();
      fail('cannot be started; is git installed and on the PATH?', error);
    });
    child.on('close', (code, killed) => {
      done();
      if (code === 0 && stopped === undefined) resolve(stdout);
      else fail(stopped ?? (wordsOf(stderr) || `ended with ${killed ?? `code ${code}`}`));
    });
  });
};

/** A git command line for `runGits`. */
export const gitLine = (args: readonly string[]): string => ['git', ...OPTIONS, ...args].map(quoted).join(' ');

/**
 * Runs git commands by a shell that is there already, which saves this process from being copied for each of them (5 to
 * 15 ms). `commands`: of a shell, with `gitLine`s; their exit code counts.
 * @throws SourceUnavailable as `runGit`
 */
export const runGits = async (
  settings: GitSettings,
  commands: readonly string[],
  environment: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<void> => {
  const signals = [settings.signal, ...(signal ? [signal] : [])];
  const shell = await settings.shells.take();
  const words = join(shell.directory, 'words');
  let stopped: string | undefined;
  const stop = (why: string): void => {
    stopped ??= why;
    shell.end();
  };
  const abort = (): void => stop('stopped');
  const limit = setTimeout(() => stop(`took longer than ${settings.timeLimitMs / 1000} s`), settings.timeLimitMs);
  for (const each of signals) each.addEventListener('abort', abort);
  if (signals.some(({ aborted }) => aborted)) abort();
  try {
    const variables = Object.entries({ PATH: settings.path, ...ENVIRONMENT, ...environment });
    const end = await shell.run(
      [
        `exec </dev/null >/dev/null 2>${quoted(words)}`,
        `export ${variables.map(([name, value]) => `${name}=${quoted(value)}`).join(' ')}`,
        ...commands,
        '',
      ].join('\n'),
    );
    if (end === 0 && stopped === undefined) return;
    const said = typeof end === 'number' ? wordsOf(readFileSync(words, 'utf8')) : '';
    throw new SourceUnavailable(`git: ${stopped ?? (said || `ended with ${end}`)}`);
  } finally {
    clearTimeout(limit);
    for (const each of signals) each.removeEventListener('abort', abort);
    settings.shells.giveBack(shell);
  }
};
