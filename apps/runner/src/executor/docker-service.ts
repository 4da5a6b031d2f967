import type Docker from 'dockerode';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { EngineUnavailable, SandboxDetached } from '#errors';
import { Deferred } from './deferred.js';
import { asEngineError, statusOf, wordsOf, type DockerEngine } from './docker-engine.js';
import { EngineDemuxer, historyDemuxer } from './engine-stream.js';
import type { ServiceExit, ServiceRun } from './executor.js';

/** How far a service may run ahead of the reader of its log before it is held up. */
const WINDOW_BYTES = 1024 * 1024;
/** How long a service may take to end when it is told to, in seconds. */
const STOP_SECONDS = 2;
/** A container whose output has ended, and that runs on after this time, has not ended. */
const END_KNOWN_MS = 5000;

/**
 * A service's container. Its output is read from the engine's log alone, so that whoever takes it over reads the same bytes;
 * the attachment only serves to hold the service up when nobody reads.
 */
export class DockerService implements ServiceRun {
  readonly #exit = new Deferred<ServiceExit>();
  readonly exit = this.#exit.promise;
  #wasTold = false;
  #ahead = 0;
  #live: Duplex | undefined;
  #history: { destroy(): void } | undefined;
  #stop: Promise<void> | undefined;

  constructor(
    readonly name: string,
    readonly container: Docker.Container,
    private readonly engine: DockerEngine,
  ) {}

  /** Holds the service up from now on when its output is not read. Before its start, or while it runs. */
  async hold(): Promise<void> {
    const options = { stream: true, stdout: true, stderr: true, hijack: true };
    const live = (await this.container.attach(options)) as Duplex;
    const demuxer = new EngineDemuxer();
    this.#live = live;
    live.on('error', () => undefined);
    live.on('data', (chunk: Buffer) => {
      for (const { bytes } of demuxer.push(chunk)) this.#ahead += bytes.length;
      if (this.#ahead > WINDOW_BYTES) live.pause();
    });
  }

  get output(): AsyncIterable<Buffer> {
    return this.read();
  }

  /** Asks the service to end, then ends it. */
  end(): Promise<void> {
    this.#stop ??= this.stop();
    return this.#stop;
  }

  /** Lets go of it. */
  detach(): void {
    this.#exit.reject(new SandboxDetached('this process has let go of the job'));
    this.#history?.destroy();
    this.#live?.destroy();
  }

  private async stop(): Promise<void> {
    this.#wasTold = true;
    await this.container.stop({ t: STOP_SECONDS }).catch((error: unknown) => {
      if (![304, 404].includes(statusOf(error) ?? 0)) throw asEngineError(error); // it has ended, or is gone
    });
  }

  private async *read(): AsyncGenerator<Buffer> {
    try {
      const history = await this.engine.history(this.container);
      this.#history = history;
      const demuxer = historyDemuxer();
      for await (const chunk of history)
        for (const { bytes } of demuxer.push(chunk as Buffer)) {
          yield bytes;
          this.#ahead -= bytes.length;
          if (this.#ahead <= WINDOW_BYTES) this.#live?.resume();
        }
      this.#exit.resolve(await this.ended());
    } catch (error) {
      this.#exit.reject(asEngineError(error));
    } finally {
      this.#live?.destroy();
    }
  }

  private async ended(): Promise<ServiceExit> {
    try {
      // The output ends a moment before the engine has written down how the container ended.
      const ended = this.container.wait({ condition: 'not-running' });
      await Promise.race([ended, pause(END_KNOWN_MS, undefined, { ref: false })]);
      const { State } = await this.container.inspect();
      if (State.Running) throw new EngineUnavailable(`it broke off the log of the service ${this.name}`);
      const shortage = State.OOMKilled ? { shortage: 'memory' as const } : {};
      return { code: State.ExitCode, wasTold: this.#wasTold, ...shortage };
    } catch (error) {
      if (statusOf(error) === 404) return { code: null, signal: 'SIGKILL', wasTold: this.#wasTold };
      throw error instanceof EngineUnavailable ? error : new EngineUnavailable(wordsOf(error), { cause: error });
    }
  }
}
