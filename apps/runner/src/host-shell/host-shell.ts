import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';

/**
 * Executes the files that it is told of, one after the other, each in a shell of its own, and says how each ended. It
 * leads a session, and ignores the signals that end what it executes. It ends when nobody can tell it anything any more.
 */
const PROGRAM = `trap '' TERM INT HUP QUIT
while read -r file <&3; do
  ( trap - TERM INT HUP QUIT; . "$file" ) 3>&-
  echo $? >&3
done`;

/** A word for a POSIX shell, whatever it contains but NUL. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * A small shell that starts programs in the place of this process. To start one, a process is copied first, and stands still
 * meanwhile: this one with its 100 MB for 5 to 15 ms, the shell for less than one.
 */
export class HostShell {
  /** Its process, and the session of all that it starts. */
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #channel: Socket;
  readonly #file: string;
  #answer: ((code: number) => void) | undefined;
  readonly #ended: Promise<string>;
  #isAlive = true;

  private constructor(
    child: ChildProcess & { readonly pid: number },
    /** For files of whoever uses it; removed with it. Nobody else may look into it. */
    readonly directory: string,
  ) {
    this.pid = child.pid;
    this.#child = child;
    this.#file = join(directory, 'commands');
    this.#channel = child.stdio[3] as Socket;
    this.#channel.on('error', () => undefined);
    this.#channel.on('data', (line: Buffer) => this.#answer?.(Number(line.toString())));
    this.#ended = new Promise((resolve) => {
      child.on('exit', (code, signal) => {
        this.#isAlive = false;
        rmSync(directory, { recursive: true, force: true });
        resolve(signal ?? `code ${code}`);
      });
    });
    // Whoever waits for its answer keeps this process alive, not a shell that waits for work.
    child.unref();
    this.#channel.unref();
  }

  /** Settles when it is known whether it could be started. @throws what `spawn` throws or reports */
  static async start(directory: string): Promise<HostShell> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const child = spawn('/bin/sh', ['-c', PROGRAM], {
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const { pid } = child;
    if (pid !== undefined) return new HostShell(Object.assign(child, { pid }), directory);
    return new Promise((_, reject) => child.on('error', reject));
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /**
   * Executes commands, in an empty environment, with nothing at stdin, stdout and stderr; one run at a time. Returns the
   * exit code, or how the shell itself was ended.
   */
  async run(commands: string): Promise<number | string> {
    writeFileSync(this.#file, commands, { mode: 0o600 });
    const answered = new Promise<number>((resolve) => (this.#answer = resolve));
    this.#channel.write(`${this.#file}\n`);
    const end = await Promise.race([answered, this.#ended]);
    this.#answer = undefined;
    rmSync(this.#file, { force: true }); // the environment of a step stands in it
    return end;
  }

  /** Ends it, and what it runs unless that has left its process group. */
  end(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false; // it may take a moment, in which it must not be lent
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      this.#child.kill('SIGKILL');
    }
  }
}
