import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogStoreUnavailable, UnusableQuery } from '#errors';
import { buildId, type LogAddress } from '#events';
import { eventually } from '#testing';
import { anAddress, chunksOf } from '../chunks.builder.js';
import { EmbeddedLogStore } from '../embedded-log-store.js';
import { parseLogQuery } from './log-query.js';
import { ThreadedSearch } from './threaded-search.js';

/** A thread runs what is built. */
const BUILT = new URL('../../../../dist/libs/log-store/src/search/search-thread.js', import.meta.url);

describe('threaded search', () => {
  let directory: string;
  const closers: (() => Promise<void>)[] = [];
  const query = parseLogQuery('needle');

  const search = (writes: boolean, module = BUILT): ThreadedSearch => {
    const searcher = new ThreadedSearch({ directory, writes }, module);
    closers.push(() => searcher.close());
    return searcher;
  };
  const storeWith = (searcher: ThreadedSearch): EmbeddedLogStore =>
    new EmbeddedLogStore(directory, { indexes: true, search: searcher });
  const aLine = (address: LogAddress, store: EmbeddedLogStore): Promise<unknown> =>
    store.append(address, chunksOf([[{ t: 1, x: 'needle' }]]));

  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'cairn-search-'))));
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
    await rm(directory, { recursive: true });
  });

  it('finds what another store wrote, while and after it was written', async () => {
    const store = storeWith(search(true));
    const reader = search(false);
    for (let n = 1; n <= 3; n += 1) {
      await aLine(anAddress({ buildId: buildId(n, 'a') }), store);
      await eventually(
        () => reader.search({ query, limit: 10 }),
        ({ hits }) => hits.length === n,
      );
    }
  });

  it('brings the index up to date when it begins', async () => {
    await aLine(anAddress(), new EmbeddedLogStore(directory, { search: search(false) }));
    search(true).begin();
    await eventually(
      () => search(false).search({ query, limit: 10 }),
      ({ hits }) => hits.length === 1,
    );
  });

  it('says what is wrong when its thread cannot run, and tries again the next time', async () => {
    const broken = search(false, new URL('./no-such-thread.js', import.meta.url));
    await expect(broken.search({ query, limit: 1 })).rejects.toThrow(LogStoreUnavailable);
    await expect(broken.search({ query, limit: 1 })).rejects.toThrow(/no-such-thread/);
  });

  it('refuses a place that is none without asking its thread', async () => {
    await expect(search(false).search({ query, limit: 1, after: 'x' })).rejects.toThrow(UnusableQuery);
  });

  it('ends a search that is on its way when it is closed', async () => {
    const searcher = search(false);
    const answer = searcher.search({ query, limit: 1 });
    await searcher.close();
    expect(await answer).toEqual({ hits: [] });
  });
});
