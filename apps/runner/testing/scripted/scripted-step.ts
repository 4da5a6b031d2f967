import { Deferred } from '../../src/executor/deferred.js';
import type { StepExit } from '../../src/executor/index.js';
import { StepRun } from '../../src/executor/step-run.js';
import { EngineUnavailable, SandboxLost } from '#errors';
import { inOrder, several, SIGNALS, type Deed, type Deeds } from './deeds.js';
import type { ScriptedPlace } from './scripted-place.js';

/** How far a step may run ahead of its reader. */
const WINDOW_BYTES = 256 * 1024;
const FLOOD = Buffer.alloc(8192, '0');

/** What a step is given, but for its deeds. */
export type StepSetting = Readonly<{
  environment: Readonly<Record<string, string>>;
  directory: string;
  /** As the step names them. */
  description: string;
}>;

type End = Readonly<{ exit: StepExit } | { error: Error }>;

/** A step that runs, whoever looks at it: all that it has printed is kept, so that a successor can read it again. */
export class ScriptedStep {
  readonly #printed: Readonly<{ bytes: Buffer; end: number }>[] = [];
  #printedBytes = 0;
  #readBytes = 0;
  #end: End | undefined;
  readonly #over = new Deferred<void>();
  #trap: 'default' | 'nothing' | Deeds = 'default';
  #shortage: StepExit['shortage'];
  #reader: Readonly<{ run: StepRun; wake: () => void }> | undefined;
  #resume: (() => void) | undefined;

  constructor(
    private readonly place: ScriptedPlace,
    private readonly setting: StepSetting,
  ) {}

  begin(deeds: Deeds): this {
    void this.perform(deeds).then(
      () => this.end({ exit: { code: 0 } }),
      (error: unknown) => this.end({ error: error as Error }),
    );
    return this;
  }

  /** From its first byte on. Who was reading before reads no more. */
  read(number: number): StepRun {
    let next = 0;
    const wake = (): void => {
      while (!run.full && next < this.#printed.length) {
        const { bytes, end } = this.#printed[next] as { bytes: Buffer; end: number };
        next += 1;
        run.write(bytes);
        this.wasRead(end);
      }
      if (next < this.#printed.length || !this.#end) return;
      if ('exit' in this.#end) run.finish(this.#end.exit);
      else run.fail(this.#end.error);
    };
    const signals = {
      terminate: () => this.signal('TERM'),
      kill: () => this.signal('KILL'),
      end: () => this.signal('KILL'),
    };
    const run = new StepRun(number, signals, () => setImmediate(wake));
    this.#reader = { run, wake };
    run.accept();
    setImmediate(wake);
    return run;
  }

  /** Its reader leaves; it runs on, as far as it may run ahead. */
  leave(error: Error): void {
    this.#reader?.run.abandon(error);
    this.#reader = undefined;
  }

  async signal(name: keyof typeof SIGNALS): Promise<void> {
    if (name !== 'TERM' || this.#trap === 'default') this.end({ exit: { code: 128 + SIGNALS[name] } });
    else if (this.#trap !== 'nothing') await this.perform(this.#trap);
  }

  end(end: End): void {
    if (this.#end) return;
    const { place } = this;
    const hasFailed = 'exit' in end && end.exit.code !== 0;
    const shortage = this.#shortage && hasFailed ? { shortage: this.#shortage } : {};
    this.#end = 'exit' in end ? { exit: { ...end.exit, wrote: place.hasExchange, ...shortage } } : end;
    this.#over.resolve();
    this.#resume?.();
    this.#reader?.wake();
  }

  private wasRead(bytes: number): void {
    this.#readBytes = Math.max(this.#readBytes, bytes);
    if (this.#printedBytes - this.#readBytes < WINDOW_BYTES) this.#resume?.();
  }

  private async perform(deeds: Deeds): Promise<void> {
    for (const deed of inOrder(deeds)) {
      if (this.#end) return;
      await this.carryOut(deed);
    }
  }

  private async print(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    this.#printedBytes += bytes.length;
    this.#printed.push({ bytes, end: this.#printedBytes });
    this.#reader?.wake();
    if (this.#printedBytes - this.#readBytes < WINDOW_BYTES || this.#end) return;
    await new Promise<void>((resolve) => (this.#resume = resolve));
  }

  private async carryOut(deed: Deed): Promise<void> {
    const { place } = this;
    const [what, value] = deed;
    switch (what) {
      case 'say':
        for (const line of several(value)) await this.print(Buffer.from(`${line}\n`));
        return;
      case 'print':
        for (const text of several(value)) await this.print(Buffer.from(text));
        return;
      case 'show':
        for (const path of several(value)) {
          const bytes = await place.contentOf(path, this.setting.directory);
          if (bytes) await this.print(bytes);
          else return this.end({ exit: { code: 1 } });
        }
        return;
      case 'tell':
        for (const name of several(value))
          await this.print(Buffer.from(`${name}=${this.setting.environment[name] ?? ''}\n`));
        return;
      case 'where':
        return this.print(Buffer.from(`${this.setting.directory}\n`));
      case 'describe':
        return this.print(Buffer.from(`${this.setting.description}\n`));
      case 'write':
      case 'link':
      case 'hardlink':
        for (const [path, content] of Object.entries(value))
          await place.put({ kind: what === 'write' ? 'file' : what, path, content }, this.setting.directory);
        return;
      case 'folder':
        for (const path of several(value))
          await place.put({ kind: 'folder', path, content: '' }, this.setting.directory);
        return;
      case 'executable':
        for (const path of several(value)) await place.makeExecutable(path, this.setting.directory);
        return;
      case 'env':
      case 'output':
        return place.handOn(what, several(value));
      case 'spoil':
        return place.spoil(value);
      case 'trap':
        this.#trap = value;
        return;
      case 'await':
        return place.until(value, this.setting.directory, () => this.#end !== undefined);
      case 'flood':
        while (!this.#end) {
          await this.print(FLOOD);
          await new Promise((resolve) => setImmediate(resolve)); // signals have their turn
        }
        return;
      case 'hang':
        return this.#over.promise;
      case 'shortage':
        this.#shortage = value;
        return;
      case 'exit':
        return this.end({ exit: { code: value } });
      case 'kill':
        return this.signal(value);
      case 'lose':
        place.lose();
        return this.end({
          error: new SandboxLost("the job's shell was ended with signal 9, perhaps by the step itself"),
        });
      case 'break':
        place.lose();
        return this.end({ error: new EngineUnavailable('it broke off while the job ran') });
      case 'ail':
        return;
      case 'then':
        return this.perform(value);
      default:
        deed satisfies never;
    }
  }
}
