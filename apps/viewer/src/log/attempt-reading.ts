import { setTimeout as pause } from 'node:timers/promises';
import type { AttemptView, StepView } from '#domain';
import { LogStoreUnavailable, StreamUnavailable } from '#errors';
import type { LogAddress } from '#events';
import type { LogStore } from '#log-store';
import type { NoticeBoard } from '../read-model/notice-board.js';
import type { ReadModel } from '../read-model/read-model.js';
import type { LogTail, StepTail } from './log-tail.js';
import { findLine, LOG_START, numbered, place, type PlacedPiece, type Position } from './position.js';

export type AttemptAddress = Omit<LogAddress, 'step'>;
export type LogSources = Readonly<{ store: LogStore; tail: LogTail; model: ReadModel; board: NoticeBoard }>;

/** `changed`: the read model may know something new of the build. */
export type Reading = Readonly<{ kind: 'lines'; lines: readonly PlacedPiece[] }> | Readonly<{ kind: 'changed' }>;

/** From which byte or line on; neither: from the beginning. */
export type Target = Readonly<{ offset?: number; line?: number }>;

type Prepared = Readonly<{ done: AbortController; tail: Promise<StepTail> }>;

/** How long to wait for lines that must be there before the store is looked at again, in milliseconds. */
const LOOK_AGAIN_MS = 300;
/** How often that is done before the lines count as lost. */
const LOOKS = { live: 30, snapshot: 5, incomplete: 2 } as const;

const isAway = (error: unknown): boolean => error instanceof StreamUnavailable || error instanceof LogStoreUnavailable;

/**
 * One reader of the log of one attempt: every piece once, in order. What the store holds is read from there, what it
 * does not hold from the stream of chunks, joined by byte offset; a chunk that begins too late sends the reader back to
 * the store. One step is read at a time. Aborting the signal ends it.
 */
export class AttemptReading {
  /** Whether the last step that was read has ended with all of its bytes. */
  complete = false;
  /** Settles when a step waits for the first time: history was read, and the live tail is open. */
  readonly caughtUp: Promise<void>;
  private markCaughtUp: () => void = () => undefined;
  private readonly aborted: Promise<void>;
  private begun = false;
  /** Of steps that are not read yet. */
  private readonly prepared = new Map<number, Prepared>();
  /** Where steps end that the end of their attempt cut off. */
  private readonly cutEnds = new Map<number, number>();

  constructor(
    private readonly sources: LogSources,
    private readonly address: AttemptAddress,
    private readonly signal: AbortSignal,
  ) {
    this.caughtUp = new Promise((resolve) => (this.markCaughtUp = resolve));
    this.aborted = new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  attempt(): AttemptView {
    const { buildId, jobId, attempt } = this.address;
    const view = this.sources.model.attempt(buildId, jobId, attempt);
    return view ?? { attempt, over: false, status: 'waiting', steps: [] }; // while the read model is made anew
  }

  /** The first step of that number or a higher one; services are not among them. `only`: that one, whatever it is. */
  from(index: number, only: number | undefined): StepView | undefined {
    const isMeant = (step: StepView): boolean => (only === undefined ? step.service === null : step.index === only);
    return this.attempt().steps.find((step) => step.index >= index && isMeant(step));
  }

  step(index: number): StepView | undefined {
    return this.attempt().steps.find((step) => step.index === index);
  }

  /** Settles when the read model may know something new, or the signal was aborted. Ask before looking. */
  changed(): Promise<void> {
    return Promise.race([this.sources.board.buildChanged(this.address.buildId), this.aborted]);
  }

  /** @throws StreamUnavailable when the attempt goes on, but what comes cannot be read now */
  async requireTail(): Promise<void> {
    if (!this.attempt().over) await this.sources.tail.check();
  }

  /** How far a step is known now: by its end, else by store and stream. */
  async known(step: number): Promise<Readonly<{ bytes: number; lines: number }>> {
    const view = this.step(step);
    if (view?.bytes != null && view.lines !== null) return { bytes: view.bytes, lines: view.lines };
    if (!view || view.status === 'waiting' || view.status === 'skipped') return { bytes: 0, lines: 0 };
    const address = { ...this.address, step };
    const [stored, streamed] = await Promise.all([this.sources.store.state(address), this.sources.tail.known(address)]);
    return stored.bytes > streamed.bytes ? stored : streamed;
  }

  /**
   * The pieces of a step from the target on. `live`: until the step has ended, else what is known now.
   * @throws LogStoreUnavailable · StreamUnavailable; a live reader only before its first line, later it waits
   */
  async *read(step: number, target: Target, live: boolean): AsyncGenerator<Reading> {
    const isWhole = target.offset === undefined && target.line === undefined;
    const { done, tail } = (isWhole ? this.takePrepared(step) : undefined) ?? { done: new AbortController() };
    try {
      yield* this.pieces(step, target, live, { signal: AbortSignal.any([this.signal, done.signal]), opened: tail });
    } finally {
      done.abort();
    }
  }

  /** Opens the tail of the step that comes after: its first line is not to wait for that. */
  prepareAfter(step: number): void {
    const next = this.from(step + 1, undefined);
    if (this.attempt().over || !next || next.finishedAt !== null || this.prepared.has(next.index)) return;
    const done = new AbortController();
    const signal = AbortSignal.any([this.signal, done.signal]);
    const tail = this.sources.tail.open({ ...this.address, step: next.index }, 0, signal);
    void tail.then((opened) => opened.head()).catch(() => undefined); // whoever reads it learns that again
    this.prepared.set(next.index, { done, tail });
  }

  private takePrepared(step: number): Prepared | undefined {
    const found = this.prepared.get(step);
    this.prepared.delete(step);
    return found;
  }

  private async *pieces(
    step: number,
    target: Target,
    live: boolean,
    { signal, opened }: Readonly<{ signal: AbortSignal; opened: Promise<StepTail> | undefined }>,
  ): AsyncGenerator<Reading> {
    const { offset: skipTo = 0, line: firstLine = 1 } = target;
    const address = { ...this.address, step };
    const wanted = ({ n, end }: PlacedPiece): boolean => end > skipTo && n >= firstLine;
    this.complete = false;
    const fixedEnd = live ? undefined : (await this.known(step)).bytes;
    let at = skipTo > 0 || firstLine > 1 ? await findLine(this.sources.store.raw(address), target) : LOG_START;
    let tail = await opened?.catch(() => undefined); // then it is opened below, and fails there
    let fromStore = true;
    let fruitless = 0;
    while (!signal.aborted) {
      const change = this.changed();
      try {
        const before = at.offset;
        if (fromStore)
          for await (const block of this.stored(address, at)) {
            at = block.at;
            yield* this.lines(block.fresh.filter(wanted));
          }
        fromStore = false;
        if (at.offset > before) fruitless = 0;
        const end = fixedEnd ?? (await this.endOf(step));
        if (end !== undefined && at.offset >= end) {
          this.complete = live || this.hasEnded(step);
          return;
        }
        if (end !== undefined && fruitless >= this.looks(step, live)) return;
        tail ??= await this.sources.tail.open(address, at.offset, signal);
        this.catchUp();
        const head = await this.next(tail, change, end !== undefined || fruitless > 0);
        if (head === 'changed') yield { kind: 'changed' };
        else if (head === undefined || head.offset > at.offset) {
          // The stream has nothing more, or no longer has what comes next: then the store has it, or soon will.
          fromStore = true;
          fruitless += 1;
          if (head && fruitless > 1) await Promise.race([change, this.patience()]);
        } else {
          tail.drop();
          const block = place(at, head.offset, numbered(head.from, head.lines));
          at = block.at;
          if (block.fresh.length > 0) fruitless = 0;
          yield* this.lines(block.fresh.filter(wanted));
        }
      } catch (error) {
        if (!live || !this.begun || !isAway(error)) throw error;
        await this.patience();
        fromStore = true;
      }
    }
  }

  private *lines(lines: readonly PlacedPiece[]): Generator<Reading> {
    if (lines.length === 0) return;
    this.begun = true;
    yield { kind: 'lines', lines };
  }

  private async *stored(address: LogAddress, from: Position): AsyncGenerator<ReturnType<typeof place>> {
    let at = from;
    let start = from.lineStart;
    const rest = { from: from.line, to: Number.MAX_SAFE_INTEGER };
    for await (const pieces of this.sources.store.read(address, rest)) {
      const block = place(at, start, pieces);
      ({ at, end: start } = block);
      if (block.fresh.length > 0) yield block;
    }
  }

  /** The byte at which a step ends; undefined while it may go on. */
  private async endOf(step: number): Promise<number | undefined> {
    const { over, steps } = this.attempt();
    const view = steps.find(({ index }) => index === step);
    if (view?.bytes != null) return view.bytes;
    if (view?.status === 'skipped') return 0;
    if (!over) return undefined;
    const end = this.cutEnds.get(step) ?? (await this.known(step)).bytes;
    this.cutEnds.set(step, end);
    return end;
  }

  private hasEnded(step: number): boolean {
    const { over, steps } = this.attempt();
    return over || steps.some(({ index, finishedAt }) => index === step && finishedAt !== null);
  }

  private looks(step: number, live: boolean): number {
    if (this.step(step)?.stored === false) return LOOKS.incomplete;
    return live ? LOOKS.live : LOOKS.snapshot;
  }

  private catchUp(): void {
    this.begun = true;
    this.markCaughtUp();
  }

  /** The next chunk, or that something changed; undefined when `impatient` and nothing came for a while. */
  private async next(tail: StepTail, change: Promise<void>, impatient: boolean) {
    const waiting = new AbortController();
    const timeout = impatient ? [this.patience(waiting.signal).then(() => undefined)] : [];
    try {
      return await Promise.race([tail.head(), change.then(() => 'changed' as const), ...timeout]);
    } finally {
      waiting.abort();
    }
  }

  private async patience(signal = this.signal): Promise<void> {
    await pause(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}
