import { Worker } from 'node:worker_threads';
import { LogStoreUnavailable } from '#errors';
import type { LogAddress } from '#events';
import { nameOf } from '../step-name.js';
import type { LogSearch, LogSearchPage } from './log-search.js';
import { decodePlace } from './search-place.js';
import type { SearchAnswer, SearchQuestion, SearchThreadData } from './search-thread.js'; // this makes the thread a part of what is built

type Wish = SearchQuestion extends infer Q ? (Q extends { id: number } ? Omit<Q, 'id'> : never) : never;
type Waiting = Readonly<{ resolve: (answer: SearchAnswer) => void; reject: (error: Error) => void }>;

/** What comes within this time is indexed at once, in milliseconds. */
const GATHER_MS = 250;

/** The search of an embedded store, in a thread that begins when it is first needed, and anew when it has failed. */
export class ThreadedSearch {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private readonly grownSteps = new Map<string, LogAddress>();
  private gathering: NodeJS.Timeout | undefined;
  private indexing = false;
  private lastId = 0;

  constructor(
    private readonly data: SearchThreadData,
    private readonly module = new URL('./search-thread.js', import.meta.url),
  ) {}

  /** Begins the thread, which brings the index up to date when it keeps it. */
  begin(): void {
    this.thread();
  }

  /** More may be held of a step: it is indexed soon. What cannot be indexed now is indexed with what comes next, or at the next start. */
  grown(address: LogAddress): void {
    this.grownSteps.set(nameOf(address), address);
    if (this.indexing) return;
    this.gathering ??= setTimeout(() => void this.index(), GATHER_MS).unref();
  }

  /** @throws UnusableQuery · LogStoreUnavailable */
  async search(search: LogSearch): Promise<LogSearchPage> {
    decodePlace(search.after);
    const { page, problem } = await this.ask({ kind: 'search', search });
    if (page) return page;
    throw new LogStoreUnavailable(`its search failed: ${problem}`);
  }

  /** Ends the thread when it has done what it was asked for. */
  async close(): Promise<void> {
    clearTimeout(this.gathering);
    const { worker } = this;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage({ id: 0, kind: 'stop' });
    await ended;
  }

  private async index(): Promise<void> {
    this.gathering = undefined;
    this.indexing = true;
    const addresses = [...this.grownSteps.values()];
    this.grownSteps.clear();
    const failed = await this.ask({ kind: 'index', addresses }).then(
      ({ problem }) => problem !== undefined,
      () => true,
    );
    this.indexing = false;
    if (failed) for (const address of addresses) this.grownSteps.set(nameOf(address), address);
    const [next] = failed ? [] : this.grownSteps.values();
    if (next) this.grown(next);
  }

  private ask(wish: Wish): Promise<SearchAnswer> {
    const id = (this.lastId += 1);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.thread().postMessage({ id, ...wish });
    });
  }

  private thread(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(this.module, { workerData: this.data });
    let problem = 'its thread has ended';
    worker.unref();
    worker.on('message', (answer: SearchAnswer) => {
      this.waiting.get(answer.id)?.resolve(answer);
      this.waiting.delete(answer.id);
    });
    worker.on('error', (error) => (problem = error.message));
    worker.on('exit', () => {
      if (this.worker === worker) this.worker = undefined;
      for (const { reject } of this.waiting.values()) reject(new LogStoreUnavailable(problem));
      this.waiting.clear();
    });
    return (this.worker = worker);
  }
}
