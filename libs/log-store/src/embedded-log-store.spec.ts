import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogGap, LogStoreUnavailable } from '#errors';
import { sha256, type LogAddress, type LogChunk } from '#events';
import { aLog, anAddress, bytesOf, chunksOf, groupsOf, piecesOf, withVersion } from './chunks.builder.js';
import { EmbeddedLogStore } from './embedded-log-store.js';
import { RECORD_BYTES } from './index-record.js';
import { describeLogStore, expectedPieces, expectedState, piecesIn, rawOf } from './log-store.contract.js';

const root = mkdtemp(join(tmpdir(), 'cairn-logs-'));
const pathOf = async ({ buildId, jobId, attempt, step }: LogAddress, kind: string): Promise<string> =>
  join(await root, buildId, jobId, String(attempt), `${step}.${kind}`);

afterAll(async () => rm(await root, { recursive: true }));

describeLogStore('EmbeddedLogStore', async () => new EmbeddedLogStore(await root));
describeLogStore('EmbeddedLogStore that syncs and keeps one step open', async () => {
  return new EmbeddedLogStore(await root, { sync: true, openSteps: 1 });
});

describe('EmbeddedLogStore', () => {
  let store: EmbeddedLogStore;
  let attempt = 0;
  let address: LogAddress;

  beforeEach(async () => {
    attempt += 1;
    address = anAddress({ attempt });
    store = new EmbeddedLogStore(await root);
  });
  afterEach(() => store.close());

  it('keeps the bytes of a step as a file, for its owner only', async () => {
    const chunks = aLog(10, 3);
    await store.append(address, chunks);
    expect(await readFile(await pathOf(address, 'log'))).toEqual(bytesOf(chunks));
    for (const kind of ['log', 'pieces', 'index'])
      expect((await stat(await pathOf(address, kind))).mode & 0o777).toBe(0o600);
    for (const folder of ['..', '../..', '../../..'])
      expect((await stat(join(await pathOf(address, 'log'), '..', folder.slice(3)))).mode & 0o777).toBe(0o700);
  });

  it('keeps jobs apart whose names differ by case, also where the file system does not tell', async () => {
    const jobs = ['test', 'Test', 'TEST', 'tEst-A', 'test-a'].map((jobId) => anAddress({ attempt, jobId }));
    for (const job of jobs) await store.append(job, aLog(1, 1));
    const folders = await readdir(join(await root, address.buildId));
    expect(folders).toEqual(expect.arrayContaining(['test', '+test', '+t+e+s+t', 't+est-+a', 'test-a']));
    expect(new Set(folders.map((folder) => folder.toLowerCase())).size).toBe(folders.length);
  });

  it('reads and continues what was stored when capitals were not marked', async () => {
    const [first, ...rest] = aLog(10, 3);
    const old = anAddress({ attempt, jobId: 'Build' });
    await store.append(old, [first!]);
    await store.close();
    const build = join(await root, old.buildId);
    await rename(join(build, '+build'), join(build, 'Build'));
    store = new EmbeddedLogStore(await root);
    expect(await store.state(old)).toEqual(expectedState([first!]));
    await store.append(old, rest);
    expect(await rawOf(store, old)).toEqual(bytesOf([first!, ...rest]));
    const small = anAddress({ attempt, jobId: 'build' });
    expect(await store.state(small)).toEqual(expectedState([]));
    expect(await readdir(build)).toContain('Build');
    expect(await readdir(build)).not.toContain('+build');
  });

  it('makes no file for a step that is only read', async () => {
    await store.state(address);
    await rawOf(store, address);
    await expect(stat(await pathOf(address, 'log'))).rejects.toThrow(/ENOENT/);
  });

  it('keeps its files in a format that never changes', async () => {
    const chunks = chunksOf([
      [
        { t: 1_780_000_000_000, x: 'ä' },
        { t: 1_779_999_999_000, b: '/w==', c: 1 },
      ],
      [{ t: 0, x: 'x'.repeat(300) }],
    ]);
    await store.append(address, chunks);
    expect((await readFile(await pathOf(address, 'pieces'))).toString('hex')).toBe('080007cf0fb00900');
    const index = await readFile(await pathOf(address, 'index'));
    expect(index.length).toBe(2 * RECORD_BYTES);
    expect(sha256(index)).toBe('66e5d00bee1db1fca9b71d72aceef59f21bd8842db86b7309c538c9e9e91d8df');
  });

  it('says that the disk is full, and goes on when it no longer is', async () => {
    const log = await pathOf(address, 'log');
    await mkdir(join(log, '..'), { recursive: true });
    await symlink('/dev/full', log);
    const chunks = aLog(10, 3);
    await expect(store.append(address, chunks)).rejects.toThrow(LogStoreUnavailable);
    await expect(store.append(address, chunks)).rejects.toThrow(/logs\..* cannot be written: .*ENOSPC/);
    await unlink(log);
    await store.append(address, chunks);
    expect(await rawOf(store, address)).toEqual(bytesOf(chunks));
  });

  it('says that it cannot write or read where the directory is a file', async () => {
    const file = join(await root, 'file');
    await writeFile(file, '');
    const broken = new EmbeddedLogStore(file);
    await expect(broken.append(address, aLog(1, 1))).rejects.toThrow(LogStoreUnavailable);
    await expect(broken.state(address)).rejects.toThrow(LogStoreUnavailable);
    await expect(rawOf(broken, address)).rejects.toThrow(LogStoreUnavailable);
    await expect(piecesIn(broken, address)).rejects.toThrow(LogStoreUnavailable);
  });

  it('names damage in the middle, and never gives wrong bytes a line number', async () => {
    await store.append(address, aLog(100, 1));
    const path = await pathOf(address, 'index');
    const index = await readFile(path);
    index[50 * RECORD_BYTES + 20] = 0xff;
    await writeFile(path, index);
    await expect(piecesIn(store, address)).rejects.toThrow(/files of logs\..* are damaged: record 50 of its index/);
  });

  it('never cuts off what a later version wrote', async () => {
    await store.append(address, aLog(2, 1));
    await store.close();
    const path = await pathOf(address, 'index');
    const index = await readFile(path);
    const later = withVersion(index.subarray(RECORD_BYTES), 2);
    await writeFile(path, Buffer.concat([index.subarray(0, RECORD_BYTES), later]));
    store = new EmbeddedLogStore(await root);
    await expect(store.state(address)).rejects.toThrow(/records of version 2/);
    await expect(store.append(address, aLog(3, 1))).rejects.toThrow(LogStoreUnavailable);
    expect((await readFile(path)).length).toBe(2 * RECORD_BYTES);
  });

  it('refuses to append once it is closed', async () => {
    await store.close();
    await expect(store.append(address, aLog(1, 1))).rejects.toThrow(LogStoreUnavailable);
  });

  it('keeps few files open, whatever the number of steps', async () => {
    const chunks = aLog(6, 1);
    const few = new EmbeddedLogStore(await root, { openSteps: 3 });
    const open = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
    const before = await open();
    for (const group of groupsOf(chunks, [2]))
      for (let step = 0; step < 40; step += 1) await few.append({ ...address, step }, group);
    expect((await open()) - before).toBeLessThanOrEqual(9);
    for (let step = 0; step < 40; step += 1) expect(await rawOf(few, { ...address, step })).toEqual(bytesOf(chunks));
    await few.close();
    expect((await open()) - before).toBeLessThanOrEqual(0);
  });

  it('closes the files of a reader that stops early', async () => {
    await store.append(address, aLog(100, 1));
    const before = (await readdir('/proc/self/fd')).length;
    for await (const pieces of store.read(address, { from: 1, to: 100 })) if (pieces.length > 0) break;
    expect((await readdir('/proc/self/fd')).length).toBe(before);
  });

  it('holds one line of many pieces over many chunks', async () => {
    const line = Buffer.alloc(3_000_000, 'é漢🪨');
    const chunks = chunksOf(groupsOf(piecesOf(Buffer.concat([line, Buffer.from('\nend')]), 16_000), [4]));
    await store.append(address, chunks);
    expect(sha256(await rawOf(store, address))).toBe(sha256(bytesOf(chunks)));
    expect(await piecesIn(store, address)).toEqual(expectedPieces(chunks));
    expect(await piecesIn(store, address, { from: 2, to: 2 })).toEqual(expectedPieces(chunks, { from: 2, to: 2 }));
  });
});

const PATIENCE_MS = 60_000; // hundreds of crashes, each with its files and three stores: a busy machine may take its time

describe('EmbeddedLogStore after a crash', () => {
  const chunks = chunksOf(
    groupsOf(piecesOf(Buffer.from('one\ntwo\n\xff\nfour\nfive, and no newline', 'latin1'), 9), [2]),
  );
  const held = chunks.slice(0, -2);
  let files: Record<'log' | 'pieces' | 'index', Buffer>;
  let sizesHeld: Readonly<{ log: number; pieces: number; index: number }>;
  let crashes = 0;

  beforeAll(async () => {
    const store = new EmbeddedLogStore(await root);
    const address = anAddress({ jobId: 'whole' });
    const read = async (kind: string): Promise<Buffer> => readFile(await pathOf(address, kind));
    await store.append(address, held);
    sizesHeld = {
      log: (await read('log')).length,
      pieces: (await read('pieces')).length,
      index: (await read('index')).length,
    };
    await store.append(address, chunks);
    files = { log: await read('log'), pieces: await read('pieces'), index: await read('index') };
    await store.close();
  });

  /** Lays the files down as a crash left them, opens them, goes on, and compares with what was never interrupted. */
  const recovers = async (left: typeof files, expected: readonly LogChunk[]): Promise<void> => {
    const address = anAddress({ jobId: 'crashed', attempt: (crashes += 1) });
    await mkdir(join(await pathOf(address, 'log'), '..'), { recursive: true });
    for (const kind of ['log', 'pieces', 'index'] as const) await writeFile(await pathOf(address, kind), left[kind]);
    const store = new EmbeddedLogStore(await root);
    const reader = new EmbeddedLogStore(await root);
    const sizes = { log: left.log.length, pieces: left.pieces.length, index: left.index.length };
    expect({ sizes, state: await reader.state(address) }).toEqual({ sizes, state: expectedState(expected) });
    expect(await rawOf(reader, address)).toEqual(bytesOf(expected));
    expect(await piecesIn(reader, address)).toEqual(expectedPieces(expected));
    expect(await store.append(address, [])).toEqual(expectedState(expected));
    expect(await readFile(await pathOf(address, 'log'))).toEqual(bytesOf(expected)); // cut back
    expect(await store.append(address, chunks)).toEqual(expectedState(chunks));
    await store.close();
    for (const kind of ['log', 'pieces', 'index'] as const)
      expect(await readFile(await pathOf(address, kind))).toEqual(files[kind]);
  };

  const prefixWith = (sizes: typeof sizesHeld): LogChunk[] => {
    const count = Math.floor(sizes.index / RECORD_BYTES);
    return chunks.filter((chunk, position) => {
      const tables = files.index.readBigUInt64LE(position * RECORD_BYTES + 40);
      const tableEnd = Number(tables) + files.index.readUInt32LE(position * RECORD_BYTES + 36);
      return position < count && chunk.offset + chunk.bytes <= sizes.log && tableEnd <= sizes.pieces;
    });
  };
  const cutTo = (sizes: typeof sizesHeld): typeof files => ({
    log: files.log.subarray(0, sizes.log),
    pieces: files.pieces.subarray(0, sizes.pieces),
    index: files.index.subarray(0, sizes.index),
  });
  const whole = (): typeof sizesHeld => ({
    log: files.log.length,
    pieces: files.pieces.length,
    index: files.index.length,
  });

  it(
    'goes on after a kill at every byte of the bytes, then of the tables, then of the records',
    async () => {
      for (let log = sizesHeld.log; log <= files.log.length; log += 1)
        await recovers(cutTo({ ...sizesHeld, log }), held);
      for (let pieces = sizesHeld.pieces; pieces <= files.pieces.length; pieces += 1)
        await recovers(cutTo({ ...whole(), pieces, index: sizesHeld.index }), held);
      for (let index = sizesHeld.index; index <= files.index.length; index += 1)
        await recovers(cutTo({ ...whole(), index }), prefixWith({ ...whole(), index }));
    },
    PATIENCE_MS,
  );

  it(
    'goes on after a power cut that left any of the files too short, by any number of bytes',
    async () => {
      for (let log = 0; log < files.log.length; log += 1)
        await recovers(cutTo({ ...whole(), log }), prefixWith({ ...whole(), log }));
      for (let pieces = 0; pieces < files.pieces.length; pieces += 1)
        await recovers(cutTo({ ...whole(), pieces }), prefixWith({ ...whole(), pieces }));
      for (let index = 0; index < files.index.length; index += 7)
        await recovers(cutTo({ ...whole(), index }), prefixWith({ ...whole(), index }));
    },
    PATIENCE_MS,
  );

  it('cuts off chunks whose bytes are not those of their chain, and says what is missing', async () => {
    const address = anAddress({ jobId: 'zeros' });
    const store = new EmbeddedLogStore(await root);
    await mkdir(join(await pathOf(address, 'log'), '..'), { recursive: true });
    const log = Buffer.concat([files.log.subarray(0, sizesHeld.log), Buffer.alloc(files.log.length - sizesHeld.log)]);
    await writeFile(await pathOf(address, 'log'), log);
    await writeFile(await pathOf(address, 'pieces'), files.pieces);
    await writeFile(await pathOf(address, 'index'), files.index);
    await expect(store.append(address, chunks.slice(-1))).rejects.toThrow(LogGap);
    expect(await store.state(address)).toEqual(expectedState(held));
    expect(await store.append(address, chunks)).toEqual(expectedState(chunks));
    expect(await rawOf(store, address)).toEqual(bytesOf(chunks));
    await store.close();
  });
});
