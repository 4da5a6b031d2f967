import type Docker from 'dockerode';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { CairnError, EngineUnavailable, SandboxLost } from '#errors';
import { asEngineError, statusOf, wordsOf, type DockerEngine } from './docker-engine.js';
import { readExchange } from './docker-exchange.js';
import { fillTree, readTree } from './docker-tree.js';
import { EngineDemuxer, historyDemuxer } from './engine-stream.js';
import type { Exchange, Sandbox, StepProcess, TreeEntry, TreePath } from './executor.js';
import type { Owner } from './image-owner.js';
import { ShellChannel } from './shell-channel.js';
import type { ShellCommand } from './shell-protocol.js';
import { END_OF_ARCHIVE, withoutLinks } from './tar-links.js';
import { CONTAINER_WORKSPACE } from './waiting-shell.js';

/** How far the container may run ahead of the reader of its history before its output is held up. */
const HISTORY_WINDOW_BYTES = 1024 * 1024;

/** A container whose output has ended, and that runs on after this time, has not ended. */
const END_KNOWN_MS = 5000;

/** All but the caller and init; the waiting shell ignores it. */
const TERMINATE_STEP = 'kill -TERM -1';

/** Only the shell's child: the shell then ends the rest of the step itself. `stat` is `pid (name) state parent …`. */
const killChildOf = (shell: number): string =>
  `for d in /proc/[0-9]*; do
    read -r stat <"$d/stat" || continue
    stat=\${stat##*) }; stat=\${stat#* }
    if [ "\${stat%% *}" = ${shell} ]; then kill -KILL "\${d#/proc/}"; fi
  done 2>/dev/null`;

/** One container, its waiting shell and its volume. */
export class DockerSandbox implements Sandbox {
  readonly workspace = CONTAINER_WORKSPACE;
  readonly services = [];
  private started = Promise.resolve();
  private environment: Readonly<Record<string, string>> = {};

  private constructor(
    readonly slot: string,
    private readonly engine: DockerEngine,
    private readonly container: Docker.Container,
    private readonly channel: ShellChannel,
    private readonly owner: () => Promise<Owner>,
    private readonly removal: () => Promise<void>,
  ) {}

  /** Attaches to a container that is created but not started: nothing has been printed yet. */
  static async attach(parts: SandboxParts): Promise<DockerSandbox> {
    const socket = await parts.engine.attach(parts.container);
    const streams = { input: socket, output: socket, demuxer: new EngineDemuxer() };
    return DockerSandbox.of(parts, streams);
  }

  /** Joins a container that runs: everything it has printed is read again from the engine's log. */
  static async rejoin(parts: SandboxParts): Promise<DockerSandbox> {
    const live = await parts.engine.attach(parts.container);
    const history = await parts.engine.history(parts.container);
    let ahead = 0;
    // What comes live comes by the history too. It is only taken as fast as that is read: so the step is held up.
    live.on('data', (chunk: Buffer) => {
      ahead += chunk.length;
      if (ahead > HISTORY_WINDOW_BYTES) live.pause();
    });
    history.on('data', (chunk: Buffer) => {
      ahead -= chunk.length;
      if (ahead <= HISTORY_WINDOW_BYTES) live.resume();
    });
    return DockerSandbox.of(parts, { input: live, output: history, demuxer: historyDemuxer() });
  }

  private static of(parts: SandboxParts, streams: ConstructorParameters<typeof ShellChannel>[0]): DockerSandbox {
    const channel = new ShellChannel(streams, parts.nonce, (words) => whyEnded(parts, words));
    return new DockerSandbox(parts.slot, parts.engine, parts.container, channel, parts.owner, parts.remove);
  }

  /** Settles when the shell waits for steps, 2 ms before the engine says that it has started it. @throws SandboxLost */
  async start(): Promise<void> {
    this.started = this.container.start().then(() => undefined);
    this.started.catch(() => undefined);
    await Promise.race([this.channel.ready, this.started.then(() => this.channel.ready)]);
  }

  /** From here on it is a job's: this is the environment of its steps, but for HOME, which stays where it is. */
  furnish(environment: Readonly<Record<string, string>>): this {
    const { HOME: _, ...rest } = environment;
    this.environment = rest;
    return this;
  }

  /** Settles when the shell waits for steps. @throws SandboxLost or EngineUnavailable when it never will */
  get ready(): Promise<unknown> {
    return this.channel.ready;
  }

  /** Its shell has not ended, as far as is known. */
  get isOpen(): boolean {
    return this.channel.isOpen;
  }

  /** By the shell where it can: symbolic links come after, by the engine, since some `tar`s do not keep their times. */
  async unpack(tar: Readable): Promise<void> {
    tar.on('error', () => undefined); // looked at below: it may come before anybody listens
    if (!this.channel.unpacks) return this.unpackByEngine(tar);
    const links: Buffer[] = [];
    await this.channel.unpack(withoutLinks(tar, links));
    if (links.length > 0) await this.unpackByEngine(Readable.from([...links, END_OF_ARCHIVE]));
  }

  private async unpackByEngine(tar: Readable): Promise<void> {
    const [{ ownedTar }, owner] = await Promise.all([import('./owned-tar.js'), this.owner()]);
    if (tar.errored) throw tar.errored;
    const owned = ownedTar(tar, owner);
    const abort = new AbortController();
    // A source that fails would leave the engine waiting for the rest.
    const broken = new Promise<never>((_, reject) => {
      owned.on('error', (error: Error) => {
        reject(error);
        abort.abort();
      });
    });
    broken.catch(() => undefined);
    const options = { path: CONTAINER_WORKSPACE, noOverwriteDirNonDir: true, abortSignal: abort.signal };
    const sent = this.container
      .putArchive(owned as unknown as NodeJS.ReadableStream, options)
      .catch((error: unknown) => {
        throw statusOf(error) === undefined
          ? asEngineError(error)
          : new SandboxLost(`the source cannot be unpacked: ${wordsOf(error)}`, { cause: error });
      });
    await Promise.race([broken, sent]);
  }

  servicesReady(): Promise<void> {
    return Promise.resolve();
  }

  endServices(): Promise<void> {
    return Promise.resolve();
  }

  run(command: ShellCommand): StepProcess {
    const environment = { ...this.environment, ...command.environment };
    return this.channel.run(
      { ...command, environment },
      {
        terminate: () => this.signal(() => Promise.resolve(TERMINATE_STEP)),
        kill: () => this.signal(async () => killChildOf(await this.channel.ready)),
        end: () => this.end(),
      },
    );
  }

  exchange(): Promise<Exchange> {
    return readExchange(this.container);
  }

  entries(path: TreePath): AsyncIterable<TreeEntry> {
    return readTree(this.container, path);
  }

  async fill(entries: AsyncIterable<TreeEntry>): Promise<void> {
    await fillTree(this.container, entries, await this.owner());
  }

  /** A successor takes over what runs: the engine must know that it does. */
  async detach(): Promise<void> {
    this.channel.detach();
    await this.started.catch(() => undefined);
  }

  async remove(): Promise<void> {
    this.channel.detach();
    await this.removal();
  }

  /** When nothing can be started in the container any more (no processes left to give), the container itself is ended. */
  private async signal(script: () => Promise<string>): Promise<void> {
    try {
      await this.engine.execute(this.container, await script());
    } catch (error) {
      if (error instanceof CairnError) return;
      await this.end();
    }
  }

  private async end(): Promise<void> {
    await this.container.kill({ signal: 'SIGKILL' }).catch(() => undefined);
  }
}

export type SandboxParts = Readonly<{
  slot: string;
  engine: DockerEngine;
  container: Docker.Container;
  nonce: string;
  /** To whom the workspace belongs. */
  owner: () => Promise<Owner>;
  remove: () => Promise<void>;
}>;

/** The output of a container has ended: was it the shell, the memory, somebody who removed it, or the engine? */
const whyEnded = async ({ container, engine }: SandboxParts, words: string): Promise<Error> => {
  const said = words === '' ? '' : ` (${words})`;
  try {
    // The output ends a moment before the engine has written down how the container ended.
    await Promise.race([container.wait({ condition: 'not-running' }), pause(END_KNOWN_MS, undefined, { ref: false })]);
    const { State } = await container.inspect();
    if (State.Running) return new EngineUnavailable('it broke off the connection to a job that still runs');
    const how = State.ExitCode > 128 ? `signal ${State.ExitCode - 128}` : `exit code ${State.ExitCode}`;
    if (!State.OOMKilled && !(await engine.takesCalls()))
      return new EngineUnavailable('it broke off while the job ran: it was stopped, and ended its containers');
    if (State.OOMKilled) return new SandboxLost(`the job was ended because it ran out of memory${said}`);
    return new SandboxLost(`the job's shell was ended with ${how}, perhaps by the step itself${said}`);
  } catch (error) {
    if (statusOf(error) === 404) return new SandboxLost(`the job's container was removed from outside`);
    return new EngineUnavailable(`it broke off while the job ran: ${wordsOf(error)}`, { cause: error });
  }
};
