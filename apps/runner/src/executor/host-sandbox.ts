import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { CairnError, messageOf, SandboxDetached, SandboxLost } from '#errors';
import type { Exchange, Sandbox, StepCommand, StepProcess } from './executor.js';
import type { HostPlace } from './host-place.js';
import { identityOf, killFollowers, NONCE_VARIABLE, signalProcesses } from './host-processes.js';
import { assertUsable } from './shell-protocol.js';
import { StepRun } from './step-run.js';

/**
 * The leader of a step's session, so that a step that ends its parent does not hit the runner. It ignores the signals
 * that stop a step, reports the step's exit code, and stays until everything that is left of the step has been ended:
 * as long as it lives its session cannot be somebody else's.
 */
const STEP_LEADER = `directory=$1
shift
trap '' TERM INT HUP QUIT
( trap - TERM INT HUP QUIT; cd -- "$directory" || exit 1; exec "$@" 3>&- )
echo $? >&3
read -r end <&3`;

/** A process that has escaped may hold the pipe open for ever; what the step wrote has come long before. */
const PIPE_SILENCE_MS = 1000;

/** Plain processes in one directory. No isolation. */
export class HostSandbox implements Sandbox {
  private step: StepRun | undefined;
  private taken = 0;

  constructor(
    readonly slot: string,
    private readonly place: HostPlace,
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
    let output: Socket | undefined;
    const signals = {
      terminate: () => signalProcesses(this.place.processes, 'SIGTERM'),
      kill: () => killFollowers(this.place.processes),
    };
    const step = new StepRun(command.number, signals, () => output?.resume());
    try {
      if (command.number <= this.taken) throw new SandboxLost(`step ${command.number} was begun before`);
      output = this.start(command, step);
    } catch (error) {
      step.fail(
        error instanceof CairnError ? error : new SandboxLost(`the step cannot be started: ${messageOf(error)}`),
      );
    }
    return step;
  }

  exchange(): Promise<Exchange> {
    return this.place.readExchange();
  }

  /** A host job does not outlive its runner: whoever comes next ends what is left. */
  detach(): Promise<void> {
    this.step?.abandon(new SandboxDetached('this process has let go of the job'));
    this.step = undefined;
    return Promise.resolve();
  }

  async remove(): Promise<void> {
    await this.detach();
    await this.place.remove();
  }

  private start(command: StepCommand, step: StepRun): Socket {
    writeFileSync(this.place.stepFile, command.script, { mode: 0o600 });
    const reading = openSync(this.place.pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const writing = openSync(this.place.pipe, constants.O_WRONLY);
    const { directory = '.', shell = this.shell } = command;
    const leader = spawn('/bin/sh', ['-c', STEP_LEADER, 'cairn', directory, ...shell, this.place.stepFile], {
      cwd: this.workspace,
      env: this.fullEnvironment(command.environment),
      detached: true,
      stdio: ['ignore', writing, writing, 'pipe'],
    });
    closeSync(writing);
    const output = new Socket({ fd: reading, readable: true, writable: false });
    this.taken = command.number;
    this.step = step;
    leader.on('error', (error) => {
      output.destroy();
      step.fail(new SandboxLost(`the step cannot be started: ${error.message}`));
    });
    if (leader.pid === undefined) return output;
    const identity = identityOf(leader.pid);
    if (identity) this.place.lead(identity);
    step.accept();
    output.on('error', () => undefined);
    output.on('data', (chunk: Buffer) => {
      step.write(chunk);
      if (step.full) output.pause();
    });
    void this.follow(leader, output, step);
    return output;
  }

  private async follow(leader: ChildProcess, output: Socket, step: StepRun): Promise<void> {
    const closed = new Promise<void>((resolve) => output.on('close', () => resolve()));
    const died = new Promise<string>((resolve) =>
      leader.on('exit', (code, signal) => resolve(signal ?? `code ${code}`)),
    );
    const report = leader.stdio[3] as Socket;
    report.on('error', () => undefined);
    const reported = new Promise<number>((resolve) =>
      report.on('data', (line: Buffer) => resolve(Number(line.toString()))),
    );
    const end = await Promise.race([reported, died]);
    await killFollowers(this.place.processes);
    report.destroy();
    await Promise.race([closed, this.silence(output, step)]);
    output.destroy();
    if (this.step === step) this.step = undefined;
    if (typeof end === 'number') step.finish({ code: end, wrote: await this.place.hasExchange() });
    else step.fail(new SandboxLost(`the job's shell was ended with ${end}, perhaps by the step itself`));
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
