import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { InvalidSubjectToken, LogGap } from '#errors';
import { buildId, CHAIN_START, type LogAddress, type LogChunk } from '#events';
import { aLog, anAddress, bytesOf, chunksOf, groupsOf, piecesOf } from './chunks.builder.js';
import type { LineRange, LogStore, NumberedPiece, StoredLog } from './log-store.js';

const EMPTY: StoredLog = { lines: 0, bytes: 0, chain: CHAIN_START };
const ALL: LineRange = { from: 1, to: Number.MAX_SAFE_INTEGER };

export const rawOf = async (store: LogStore, address: LogAddress, offset?: number): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of store.raw(address, offset)) parts.push(part);
  return Buffer.concat(parts);
};

export const piecesIn = async (store: LogStore, address: LogAddress, range = ALL): Promise<NumberedPiece[]> => {
  const pieces: NumberedPiece[] = [];
  for await (const part of store.read(address, range)) pieces.push(...part);
  return pieces;
};

/** What `read` must give, computed from the chunks. */
export const expectedPieces = (chunks: readonly LogChunk[], { from, to }: LineRange = ALL): NumberedPiece[] => {
  let n = 1;
  return chunks
    .flatMap((chunk) => chunk.lines)
    .map((piece) => ({ n: piece.c ? n : n++, piece }))
    .filter((numbered) => numbered.n >= from && numbered.n <= to);
};

export const expectedState = (chunks: readonly LogChunk[]): StoredLog => ({
  lines: chunks.flatMap((chunk) => chunk.lines).filter((piece) => !piece.c).length,
  bytes: bytesOf(chunks).length,
  chain: chunks.at(-1)?.chain ?? CHAIN_START,
});

const MIXED = chunksOf([
  [
    { t: 5, x: 'first' },
    { t: 5, x: 'a long ', c: 1 },
  ],
  [{ t: 4, x: 'line in ', c: 1 }],
  [
    { t: 9, x: 'three chunks' },
    { t: 9, x: '' },
    { t: 10, b: Buffer.from([0xff, 0x00, 0xc3]).toString('base64') },
    { t: 10, b: Buffer.from([0xfe]).toString('base64'), c: 1 },
  ],
  [
    { t: 1_780_000_000_000, x: 'äöü € 🪨 \u0000 \u2028' },
    { t: 3, x: 'no newline at the end', c: 1 },
  ],
]);

const anyLog = fc
  .record({
    bytes: fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.constant(Buffer.from('\n')) },
        { weight: 3, arbitrary: fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text)) },
        { weight: 2, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) },
      ),
      { minLength: 1, maxLength: 40 },
    ),
    longest: fc.integer({ min: 1, max: 30 }),
    sizes: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }),
    times: fc.array(fc.integer({ min: 0, max: 4_000_000_000_000 }), { minLength: 1, maxLength: 5 }),
  })
  .map(({ bytes, longest, sizes, times }) =>
    chunksOf(
      groupsOf(
        piecesOf(Buffer.concat(bytes), longest, (index) => times[index % times.length] ?? 0),
        sizes,
      ),
    ),
  );

/**
 * What every log store must do. `make` gives another store over the same data each time it is called; `runs`: how many
 * logs the property tests try. Each test uses a build of its own, so that the data may be kept between them.
 */
export const describeLogStore = (name: string, make: () => Promise<LogStore>, runs = 40): void => {
  describe(`${name}, as a log store`, () => {
    const stores: LogStore[] = [];
    const aStore = async (): Promise<LogStore> => {
      const store = await make();
      stores.push(store);
      return store;
    };
    const newAddress = (): LogAddress => anAddress({ buildId: buildId(1, randomUUID()) });

    afterEach(async () => {
      await Promise.all(stores.splice(0).map((store) => store.close()));
    });

    it('holds nothing of a step that it does not know', async () => {
      const store = await aStore();
      const address = newAddress();
      expect(await store.state(address)).toEqual(EMPTY);
      expect(await piecesIn(store, address)).toEqual([]);
      expect(await rawOf(store, address)).toEqual(Buffer.alloc(0));
      expect(await store.append(address, [])).toEqual(EMPTY);
      expect(await store.state(address)).toEqual(EMPTY);
    });

    it('gives back bytes, pieces and times exactly, also through another store over the same data', async () => {
      const address = newAddress();
      expect(await (await aStore()).append(address, MIXED)).toEqual(expectedState(MIXED));
      const store = await aStore();
      expect(await store.state(address)).toEqual(expectedState(MIXED));
      expect(await rawOf(store, address)).toEqual(bytesOf(MIXED));
      expect(await piecesIn(store, address)).toEqual(expectedPieces(MIXED));
    });

    it('reads every range of lines', async () => {
      const store = await aStore();
      const address = newAddress();
      await store.append(address, MIXED);
      for (let from = -1; from <= 8; from += 1)
        for (let to = from - 1; to <= 8; to += 1)
          expect({ from, to, pieces: await piecesIn(store, address, { from, to }) }).toEqual({
            from,
            to,
            pieces: expectedPieces(MIXED, { from, to }),
          });
    });

    it('streams the bytes from every offset', async () => {
      const store = await aStore();
      const address = newAddress();
      await store.append(address, MIXED);
      const bytes = bytesOf(MIXED);
      for (let offset = 0; offset <= bytes.length + 1; offset += 1)
        expect({ offset, raw: await rawOf(store, address, offset) }).toEqual({ offset, raw: bytes.subarray(offset) });
    });

    it('reads a range in the middle of many chunks', async () => {
      const store = await aStore();
      const address = newAddress();
      const chunks = aLog(3000, 7);
      await store.append(address, chunks);
      for (const range of [
        { from: 1, to: 1 },
        { from: 7, to: 8 },
        { from: 1499, to: 1600 },
        { from: 2995, to: 4000 },
        { from: 3001, to: 4000 },
        ALL,
      ])
        expect(await piecesIn(store, address, range)).toEqual(expectedPieces(chunks, range));
    });

    it('keeps steps, attempts, jobs and builds apart', async () => {
      const store = await aStore();
      const address = newAddress();
      const others = [{ step: 11 }, { attempt: 11 }, { jobId: 'constructor' }, { buildId: newAddress().buildId }];
      const logs = [address, ...others.map((other) => ({ ...address, ...other }))].map((at, index) => ({
        at,
        chunks: chunksOf([[{ t: index, x: `log ${index}` }]]),
      }));
      for (const { at, chunks } of logs) await store.append(at, chunks);
      for (const { at, chunks } of logs) expect(await rawOf(store, at)).toEqual(bytesOf(chunks));
    });

    it('changes nothing when chunks come again, all of them or some, alone or with new ones', async () => {
      const store = await aStore();
      const address = newAddress();
      const chunks = aLog(20, 2);
      await store.append(address, chunks.slice(0, 6));
      expect(await store.append(address, chunks.slice(0, 6))).toEqual(expectedState(chunks.slice(0, 6)));
      expect(await store.append(address, chunks.slice(2, 4))).toEqual(expectedState(chunks.slice(0, 6)));
      expect(await store.append(address, [...chunks, ...chunks.slice(8)])).toEqual(expectedState(chunks));
      const again = await aStore();
      expect(await again.append(address, chunks)).toEqual(expectedState(chunks));
      expect(await rawOf(again, address)).toEqual(bytesOf(chunks));
    });

    it('goes on where another store over the same data stopped, in turns', async () => {
      const address = newAddress();
      const [one, two] = [await aStore(), await aStore()];
      const chunks = aLog(12, 1);
      for (const [index, chunk] of chunks.entries()) await (index % 2 ? one : two).append(address, [chunk]);
      expect(await one.state(address)).toEqual(expectedState(chunks));
      expect(await rawOf(two, address)).toEqual(bytesOf(chunks));
    });

    it('appends one call after the other when several come at once', async () => {
      const store = await aStore();
      const address = newAddress();
      const chunks = aLog(40, 4);
      await Promise.all(chunks.map((chunk) => store.append(address, [chunk])));
      expect(await rawOf(store, address)).toEqual(bytesOf(chunks));
    });

    const other = chunksOf([[{ t: 1, x: 'line 1' }], [{ t: 1, x: 'another line' }], [{ t: 1, x: 'line 3' }]]);
    const [first, second, third, fourth] = aLog(4, 1) as [LogChunk, LogChunk, LogChunk, LogChunk];
    const refusals: [string, LogChunk[], RegExp][] = [
      ['leaves a gap', [first, third], /7 bytes are held, the next chunk begins at 14: bytes 7 to 13 are missing/],
      ['does not begin at the beginning', [second], /0 bytes are held/],
      ['overlaps', [first, second, { ...third, offset: 10 }], /begins within a chunk that is held/],
      ['comes again with another chain', [first, second, ...other.slice(1)], /another chain|has 7 bytes, this one 13/],
      ['comes again with another length', [first, { ...first, bytes: 3 }], /has 7 bytes, this one 3/],
      ['has a chain that does not follow', [first, { ...second, chain: third.chain }], /chain does not follow/],
      [
        'has other bytes than its chain says',
        [first, { ...second, lines: [{ t: 1, x: 'line X' }] }],
        /does not follow/,
      ],
      ['has another line number', [first, { ...second, from: 3 }], /first line is 3, not 2/],
      ['holds fewer bytes than it says', [first, { ...second, bytes: 8 }], /fewer bytes than it says/],
      ['holds far fewer bytes than it says', [first, { ...second, bytes: 2 ** 50 }], /fewer bytes than it says/],
      ['holds more bytes than it says', [first, { ...second, bytes: 6 }], /more bytes than it says/],
      ['holds no bytes', [first, { ...second, bytes: 0, lines: [] }], /holds no bytes/],
      ['has a time that is none', [first, { ...second, lines: [{ t: Number.NaN, x: 'line 2' }] }], /no valid time/],
      ['has an offset that is none', [first, { ...second, offset: 0.5 }], /begins within a chunk|not a whole number/],
    ];
    it.each(refusals)('refuses a chunk that %s, and keeps what came before it', async (_, chunks, message) => {
      const store = await aStore();
      const address = newAddress();
      const result = store.append(address, [...chunks, fourth]);
      await expect(result).rejects.toThrow(LogGap);
      await expect(result).rejects.toThrow(message);
      const kept = chunks.slice(
        0,
        chunks.findIndex((chunk, index) => chunk !== [first, second, third][index]),
      );
      expect(await store.state(address)).toEqual(expectedState(kept));
      expect(await rawOf(store, address)).toEqual(bytesOf(kept));
      await store.append(address, [first, second, third, fourth]);
      expect(await rawOf(store, address)).toEqual(bytesOf([first, second, third, fourth]));
    });

    it.each([
      { buildId: '../../../../etc/passwd' },
      { buildId: '' },
      { jobId: '..' },
      { jobId: 'a/b' },
      { attempt: -1 },
      { attempt: 0.5 },
      { step: Number.NaN },
      { step: '1/../../x' as unknown as number },
    ])('refuses the address %p', async (change) => {
      const store = await aStore();
      const address = { ...newAddress(), ...change };
      await expect(store.append(address, MIXED)).rejects.toThrow(InvalidSubjectToken);
      await expect(store.state(address)).rejects.toThrow(InvalidSubjectToken);
      await expect(piecesIn(store, address)).rejects.toThrow(InvalidSubjectToken);
      await expect(rawOf(store, address)).rejects.toThrow(InvalidSubjectToken);
    });

    it('shows readers a true beginning at every moment of writing', async () => {
      const [writer, reader] = [await aStore(), await aStore()];
      const address = newAddress();
      const chunks = aLog(400, 3);
      const bytes = bytesOf(chunks);
      const pieces = expectedPieces(chunks);
      let writing = true;
      const written = (async () => {
        for (const group of groupsOf(chunks, [1, 5, 2])) await writer.append(address, group);
        writing = false;
      })();
      while (writing) {
        const before = await reader.state(address);
        const raw = await rawOf(reader, address);
        const read = await piecesIn(reader, address, { from: 100, to: 350 });
        expect(raw.length).toBeGreaterThanOrEqual(before.bytes);
        expect(raw).toEqual(bytes.subarray(0, raw.length));
        expect(read).toEqual(pieces.slice(99, 99 + read.length));
      }
      await written;
      expect(await rawOf(reader, address)).toEqual(bytes);
    });

    it('holds any bytes, cut into any pieces and chunks, however they are appended', async () => {
      const store = await aStore();
      await fc.assert(
        fc.asyncProperty(anyLog, fc.integer({ min: 1, max: 9 }), fc.nat(), async (chunks, perAppend, seed) => {
          const address = newAddress();
          for (const group of groupsOf(chunks, [perAppend])) await store.append(address, group);
          expect(await store.append(address, chunks)).toEqual(expectedState(chunks));
          const other = await aStore();
          const offset = seed % (bytesOf(chunks).length + 1);
          const from = seed % (expectedState(chunks).lines + 2);
          const range = { from, to: from + (seed % 5) };
          expect(await other.state(address)).toEqual(expectedState(chunks));
          expect(await rawOf(other, address, offset)).toEqual(bytesOf(chunks).subarray(offset));
          expect(await piecesIn(other, address)).toEqual(expectedPieces(chunks));
          expect(await piecesIn(other, address, range)).toEqual(expectedPieces(chunks, range));
        }),
        { numRuns: runs },
      );
    }, 60_000);
  });
};
