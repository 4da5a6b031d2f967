import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Runs git to its end. Answers what it wrote, without white space around it. */
export type Git = (args: readonly string[], input?: string) => Promise<string>;

/** git in an environment of its own; `fail` makes the error of what git, or its absence, said. */
export const gitWith = (
  environment: Readonly<Record<string, string>>,
  fail: (why: string, options?: ErrorOptions) => Error,
): Git => {
  return async (args, input = '') => {
    const git = spawn('git', args, { env: environment, stdio: 'pipe' });
    const failed = once(git, 'error').then(([cause]: unknown[]) => {
      throw fail('git cannot be started; install it', { cause });
    });
    git.stdin.on('error', () => undefined).end(input); // git may end before it has read everything; its code tells
    const [output, complaint, [code]] = await Promise.race([
      Promise.all([text(git.stdout), text(git.stderr), once(git, 'close') as Promise<[number | null]>]),
      failed,
    ]);
    const command = args.find((arg) => /^[a-z-]+$/.test(arg) && !arg.startsWith('-')) ?? '';
    if (code !== 0) throw fail(`git ${command} ended with ${code}: ${complaint.trim()}`);
    return output.trim();
  };
};
