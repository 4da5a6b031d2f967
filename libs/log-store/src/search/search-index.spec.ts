import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedDatabase } from '#embedded-database';
import { buildId, type LogAddress, type LogPiece } from '#events';
import { anAddress, chunksOf, groupsOf, withVersion } from '../chunks.builder.js';
import { EmbeddedLogStore } from '../embedded-log-store.js';
import { parseLogQuery } from './log-query.js';
import { SEARCHED_LINE_BYTES, type LogSearch } from './log-search.js';
import { SearchIndex } from './search-index.js';

const lines = (...texts: string[]): LogPiece[] => texts.map((x, t) => ({ t, x }));

describe('search index', () => {
  let directory: string;
  let store: EmbeddedLogStore;
  let index: SearchIndex;
  const address = anAddress();

  const linesFound = async (q: string, more: Partial<LogSearch> = {}, from = index): Promise<number[]> => {
    const { hits } = await from.search({ query: parseLogQuery(q), limit: 1_000, ...more });
    return hits.map(({ line }) => line);
  };
  const rowsIn = (sql: string): unknown[] => {
    const db = EmbeddedDatabase.share(join(directory, 'search-1.db'), '');
    const rows = db.all(sql);
    db.close();
    return rows;
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-search-'));
    store = new EmbeddedLogStore(directory);
    index = new SearchIndex(directory, { writes: true });
  });
  afterEach(async () => {
    index.close();
    await store.close();
    await rm(directory, { recursive: true });
  });

  it('finds what came since it last looked, and every line once', async () => {
    const chunks = chunksOf(groupsOf(lines('one fish', 'two fish', 'red fish', 'blue fish'), [1]));
    for (const chunk of chunks) {
      await store.append(address, [chunk]);
      await index.catchUp(address);
      await index.catchUp(address);
    }
    expect(await linesFound('fish')).toEqual([4, 3, 2, 1]);
  });

  it('is the same, however often it looked meanwhile', async () => {
    const texts = Array.from({ length: 1_600 }, (_, n) => `line ${n} ${n % 7 ? '' : 'x'.repeat(400)}`);
    const chunks = chunksOf(groupsOf(lines(...texts), [3, 50, 1]));
    const blocks = 'SELECT from_line, to_line FROM blocks ORDER BY id';
    for (const chunk of chunks) {
      await store.append(address, [chunk]);
      await index.catchUp(address);
    }
    const grown = rowsIn(blocks);
    index.close();
    await rm(join(directory, 'search-1.db'));
    index = new SearchIndex(directory, { writes: true });
    await index.catchUpAll();
    expect(rowsIn(blocks)).toEqual(grown);
    expect(grown.length).toBeGreaterThan(5);
  });

  it('finds the end of a line that had only begun', async () => {
    const [begun, ended] = chunksOf([[{ t: 1, x: 'half a ne', c: 1 }], [{ t: 2, x: 'edle' }]]);
    await store.append(address, begun ? [begun] : []);
    await index.catchUp(address);
    expect(await linesFound('ne')).toEqual([1]);
    await store.append(address, ended ? [ended] : []);
    await index.catchUp(address);
    expect(await linesFound('ne')).toEqual([]);
    expect(await linesFound('needle')).toEqual([1]);
  });

  it('looks at what a terminal shows', async () => {
    await store.append(address, chunksOf([lines('\u001b[31mERR\u001b[1mOR\u001b[0m: no', '10%\r99%')]));
    await index.catchUp(address);
    const { hits } = await index.search({ query: parseLogQuery('error'), limit: 10 });
    expect(hits).toMatchObject([{ line: 1, text: 'ERROR: no', spans: [[0, 5]] }]);
    expect(await linesFound('31m*')).toEqual([]);
    expect(await linesFound('99')).toEqual([2]);
  });

  it('looks at the beginning of a line that is very long', async () => {
    const x = `first ${'word '.repeat(SEARCHED_LINE_BYTES / 5)}last`;
    await store.append(address, chunksOf([[{ t: 1, x }], lines('after')]));
    await index.catchUp(address);
    expect(await linesFound('first')).toEqual([1]);
    expect(await linesFound('last')).toEqual([]);
    expect(await linesFound('after')).toEqual([2]);
  });

  it('catches up with all logs after its database was deleted, and after it was damaged', async () => {
    const other = anAddress({ buildId: buildId(99, 'b'), jobId: 'Unit-Test--0a1b2c3d' });
    await store.append(address, chunksOf([lines('old needle')]));
    await store.append(other, chunksOf([lines('new needle')]));
    await writeFile(join(directory, 'README'), 'not a build');
    const both = async (): Promise<LogAddress[]> =>
      (await index.search({ query: parseLogQuery('needle'), limit: 9 })).hits.map((hit) => hit.address);
    await index.catchUpAll();
    expect(await both()).toEqual([other, address]);
    index.close();
    for (const file of await readdir(directory)) if (/^search/.test(file)) await truncate(join(directory, file), 0);
    await appendFile(join(directory, 'search-1.db'), 'no database at all, but long enough to be looked at'.repeat(100));
    index = new SearchIndex(directory, { writes: true });
    await index.catchUpAll();
    expect(await both()).toEqual([other, address]);
  });

  it('forgets what a power cut took away', async () => {
    const chunks = chunksOf([lines('kept'), lines('lost')]);
    await store.append(address, chunks);
    await index.catchUp(address);
    await store.close();
    await truncate(join(directory, address.buildId, address.jobId, '1', '1.index'), 96);
    store = new EmbeddedLogStore(directory);
    await index.catchUp(address);
    expect(await linesFound('lost')).toEqual([]);
    expect(await linesFound('kept')).toEqual([1]);
  });

  it('passes over a log that cannot be read, and finds the others', async () => {
    const other = anAddress({ buildId: buildId(99, 'b') });
    for (const one of [address, other]) await store.append(one, chunksOf([lines('needle')]));
    await index.catchUp(other);
    const folder = join(directory, address.buildId, address.jobId, '1');
    const record = await readFile(join(folder, '1.index'));
    await writeFile(join(folder, '1.index'), withVersion(record, 9));
    await index.catchUpAll();
    const { hits } = await index.search({ query: parseLogQuery('needle'), limit: 9 });
    expect(hits.map((hit) => hit.address)).toEqual([other]);
  });

  it('leaves the rest for the next time when it is told to stop', async () => {
    await store.append(address, chunksOf([lines('needle')]));
    index.stop();
    await index.catchUpAll();
    expect(await linesFound('needle')).toEqual([]);
  });

  it('answers nothing of a log that was removed', async () => {
    await store.append(address, chunksOf([lines('needle')]));
    await index.catchUp(address);
    await rm(join(directory, address.buildId), { recursive: true });
    expect(await linesFound('needle')).toEqual([]);
  });

  it('is read by another while it is written', async () => {
    const reader = new SearchIndex(directory, { writes: false });
    expect(await linesFound('needle', {}, reader)).toEqual([]);
    await store.append(address, chunksOf([lines('needle')]));
    await index.catchUp(address);
    expect(await linesFound('needle', {}, reader)).toEqual([1]);
    reader.close();
  });

  it('answers what it has found when much may be but is not what is looked for, and goes on from there', async () => {
    const texts = Array.from({ length: 1_100 }, (_, n) => `${'a '.repeat(8_200)}\nb${n === 3 ? ' a' : ''}`.split('\n'));
    await store.append(address, chunksOf(texts.map((two) => lines(...two))));
    await index.catchUp(address);
    const query = parseLogQuery('a b');
    const first = await index.search({ query, limit: 10 });
    expect(first.hits).toEqual([]);
    const second = await index.search({ query, limit: 10, ...(first.after ? { after: first.after } : {}) });
    expect(second.hits.map(({ line }) => line)).toEqual([8]);
    expect(second.after).toBeUndefined();
  });
});
