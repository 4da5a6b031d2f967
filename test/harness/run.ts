import { spawn } from 'node:child_process';

export type Ran = Readonly<{ code: number; stdout: string; stderr: string }>;
export type RunOptions = Readonly<{
  cwd?: string;
  /** Added to this process's environment. */
  environment?: Readonly<Record<string, string>>;
  /** Give back a code other than 0 instead of throwing. */
  failing?: true;
}>;

const END = 4_000;

/** Runs a program to its end. @throws with the end of what it said when its code is not 0, unless `failing` is set */
export const run = (program: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.environment },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (exit) => {
      const code = exit ?? -1;
      if (code === 0 || options.failing) resolve({ code, stdout, stderr });
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}:\n${(stdout + stderr).slice(-END)}`));
    });
  });
