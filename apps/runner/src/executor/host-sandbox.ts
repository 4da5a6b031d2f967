import { spawn } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CairnError, messageOf, SandboxDetached, SandboxLost } from '#errors';
import { quoted, type HostShell, type HostShells } from '../host-shell/index.js';
import type { Exchange, Sandbox, StepCommand, StepProcess, TreeEntry, TreePath } from './executor.js';
import type { HostPlace } from './host-place.js';
import { identityOf, killFollowers, killProcesses, NONCE_VARIABLE, signalProcesses } from './host-processes.js';
import { fillTree, readTree } from './host-tree.js';
import { assertUsable, exportsOf } from './shell-protocol.js';
import { StepRun } from './step-run.js';

/** A process that has escaped may hold the pipe open for ever; what the step wrote has come long before. */
const PIPE_SILENCE_MS = 1000;

/** Carries the output of a step: a true pipe, where `spawn` would give a socket, which cannot be opened by name. */
const pipeOf = ({ directory }: HostShell): string => join(directory, 'output');

const makePipe = async (shell: HostShell, path: string): Promise<void> => {
  const end = await shell.run(`PATH=${quoted(path)}\nexec mkfifo -m 600 ${quoted(pipeOf(shell))}\n`);
  if (end !== 0) throw new SandboxLost(`mkfifo ended with ${end}`);
};

/** Plain processes in one directory. No isolation. */
export class HostSandbox implements Sandbox {
  readonly services = [];
  private step: StepRun | undefined;
  private output: Socket | undefined;
  private taken = 0;
  /** Leads the session of the steps, and stays when they end: as long as it lives the session cannot be somebody else's. */
  private leader: HostShell | undefined;
  /** A step is under way, or has left something that may still write to the leader's pipe. */
  private isUsed = false;
  private removal: Promise<void> | undefined;

  constructor(
    readonly slot: string,
    private readonly place: HostPlace,
    private readonly shells: HostShells,
    private readonly environment: Readonly<Record<string, string>>,
    /** The shell of a step with its arguments, to which the script's file is added. */
    private readonly shell: readonly string[],
  ) {}

  get workspace(): string {
    return this.place.workspace;
  }

  get directory(): string {
    return this.place.workspace;
  }

  servicesReady(): Promise<void> {
    return Promise.resolve();
  }

  endServices(): Promise<void> {
    return Promise.resolve();
  }

  async unpack(tar: Readable): Promise<void> {
    const child = spawn('tar', ['-x', '-o', '-f', '-', '-C', this.workspace], {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: this.fullEnvironment({}),
    });
    let words = '';
    child.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString('utf8')).slice(-1000)));
    const ended = new Promise<void>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => (code === 0 ? resolve() : reject(new SandboxLost(`tar: ${words.trim()}`))));
    });
    ended.catch(() => undefined);
    // When tar gives up, its own words say more than the broken pipe.
    const sent = pipeline(tar, child.stdin).catch(async (error: unknown) => {
      await ended;
      throw error;
    });
    try {
      await Promise.all([sent, ended]);
    } catch (cause) {
      if (tar.errored) throw tar.errored;
      throw new SandboxLost(`the source cannot be unpacked: ${messageOf(cause)}`, { cause });
    }
  }

  run(command: StepCommand): StepProcess {
    assertUsable(command);
    const signals = {
      terminate: () => signalProcesses(this.place.processes, 'SIGTERM'),
      kill: () => killFollowers(this.place.processes),
      end: () => killProcesses(this.place.processes),
    };
    const step = new StepRun(command.number, signals, () => this.output?.resume());
    if (command.number <= this.taken) step.fail(new SandboxLost(`step ${command.number} was begun before`));
    else void this.start(command, step);
    return step;
  }

  exchange(): Promise<Exchange> {
    return this.place.readExchange();
  }

  entries(path: TreePath): AsyncIterable<TreeEntry> {
    return readTree(this.place.directory, path);
  }

  fill(entries: AsyncIterable<TreeEntry>): Promise<void> {
    return fillTree(this.place.directory, entries);
  }

  /** A host job does not outlive its runner: whoever comes next ends what is left. */
  detach(): Promise<void> {
    this.step?.abandon(new SandboxDetached('this process has let go of the job'));
    this.step = undefined;
    return Promise.resolve();
  }

  remove(): Promise<void> {
    this.removal ??= this.clear().catch((error: unknown) => {
      this.removal = undefined;
      throw error;
    });
    return this.removal;
  }

  /** After its steps, each of which was searched for what it had left, the leader is clean and serves another job. */
  private async clear(): Promise<void> {
    await this.detach();
    const { leader } = this;
    if (!leader || this.isUsed) {
      await this.place.remove();
      leader?.end();
    } else {
      await this.removeBy(leader);
      this.shells.giveBack(leader);
    }
    this.leader = undefined;
  }

  /** A program's way through the tree costs this process nothing. What it cannot remove needs more than removing. */
  private async removeBy(leader: HostShell): Promise<void> {
    const path = quoted(this.environment['PATH'] ?? '');
    const removal = leader.run(`PATH=${path}\nexec rm -rf -- ${quoted(this.place.directory)}\n`);
    const end = await removal.catch(() => undefined); // a step may have ended the shell
    if (end !== 0) await this.place.clear();
  }

  private async start(command: StepCommand, step: StepRun): Promise<void> {
    this.taken = command.number;
    this.step = step;
    this.isUsed = true;
    let writing: number | undefined;
    try {
      const leader = await this.lead();
      const pipe = pipeOf(leader);
      writeFileSync(this.place.stepFile, command.script, { mode: 0o600 });
      const reading = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
      // Held open until the step ends: before it has begun to write, the pipe would seem to be at its end.
      writing = openSync(pipe, constants.O_WRONLY);
      const output = this.read(reading, step);
      const closed = new Promise<true>((resolve) => output.on('close', () => resolve(true)));
      const ended = leader.run(this.commands(command, pipe));
      step.accept();
      const end = await ended;
      await killFollowers(this.place.processes);
      closeSync(writing);
      writing = undefined;
      const isClosed = await Promise.race([closed, this.silence(output, step)]);
      this.isUsed = isClosed !== true;
      output.destroy();
      if (typeof end === 'number') step.finish({ code: end, wrote: this.place.hasExchange });
      else step.fail(new SandboxLost(`the job's shell was ended with ${end}, perhaps by the step itself`));
    } catch (error) {
      step.fail(
        error instanceof CairnError ? error : new SandboxLost(`the step cannot be started: ${messageOf(error)}`),
      );
    } finally {
      if (writing !== undefined) closeSync(writing);
      if (this.step === step) this.step = undefined;
    }
  }

  private read(pipe: number, step: StepRun): Socket {
    const output = new Socket({ fd: pipe, readable: true, writable: false });
    output.on('error', () => undefined);
    output.on('data', (chunk: Buffer) => {
      step.write(chunk);
      if (step.full) output.pause();
    });
    this.output = output;
    return output;
  }

  /** The leader, which a step may have ended; recorded before it starts anything. */
  private async lead(): Promise<HostShell> {
    if (this.leader?.isAlive) return this.leader;
    const leader = await this.shells.take();
    if (this.removal) {
      this.shells.giveBack(leader);
      throw new SandboxLost('the place was removed');
    }
    this.leader = leader;
    const identity = identityOf(leader.pid);
    if (identity) this.place.lead(identity);
    if (!existsSync(pipeOf(leader))) await makePipe(leader, this.environment['PATH'] ?? '');
    return leader;
  }

  private commands({ environment, directory = '.', shell = this.shell }: StepCommand, pipe: string): string {
    return [
      `exec </dev/null >${quoted(pipe)} 2>&1`,
      `cd ${quoted(this.workspace)} || exit 125`,
      exportsOf(this.fullEnvironment(environment)),
      `cd -- ${quoted(directory)} || exit 1`,
      `exec ${[...shell, this.place.stepFile].map(quoted).join(' ')}`,
      '',
    ].join('\n');
  }

  /** Settles when the pipe has given nothing for a while although it was read. */
  private async silence(output: Socket, step: StepRun): Promise<void> {
    for (let seen = -1; seen !== output.bytesRead || step.full;) {
      seen = output.bytesRead;
      await pause(PIPE_SILENCE_MS, undefined, { ref: false });
    }
  }

  private fullEnvironment(step: Readonly<Record<string, string>>): Record<string, string> {
    const { home, temporary, processes, exchange } = this.place;
    const fixed = { HOME: home, CAIRN_ENV: exchange.environment, CAIRN_OUTPUT: exchange.outputs };
    return { TMPDIR: temporary, ...this.environment, ...step, ...fixed, [NONCE_VARIABLE]: processes.nonce };
  }
}
