import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { HostShell } from './host-shell.js';

/** Shells that wait for work: one for a job, one for its source. */
const KEPT = 2;

/** Shells that are lent, and used again. */
export class HostShells {
  readonly #idle: HostShell[] = [];
  #isSwept = false;
  #isClosed = false;

  /** `directory` belongs to this process alone. */
  constructor(private readonly directory: string) {}

  /** @throws what `HostShell.start` throws */
  async take(): Promise<HostShell> {
    for (let shell = this.#idle.pop(); shell; shell = this.#idle.pop()) if (shell.isAlive) return shell;
    if (!this.#isSwept) rmSync(this.directory, { recursive: true, force: true }); // an earlier process may have been killed
    this.#isSwept = true;
    return HostShell.start(join(this.directory, randomBytes(8).toString('hex')));
  }

  /** To be called when nothing that the shell started is left: the next user begins anew. */
  giveBack(shell: HostShell): void {
    if (this.#isClosed || this.#idle.length >= KEPT) shell.end();
    else if (shell.isAlive) this.#idle.push(shell);
  }

  /** Ends those that wait; those that are lent are ended when they are given back. */
  close(): void {
    this.#isClosed = true;
    for (const shell of this.#idle.splice(0)) shell.end();
  }
}
