import fc from 'fast-check';
import { bytesOfChunk, CHAIN_START, chainOf, type LogChunk, type LogPiece } from '#events';
import { CHUNK_BYTES, Chunker, MAX_CHUNK_BYTES, MAX_CHUNK_JSON } from './chunker.js';
import { LineSplitter } from './line-splitter.js';
import { type LogPosition, resumeAfter, totalsAt } from './log-position.js';

const drain = (chunker: Chunker, maxBytes: number): LogChunk[] => {
  const chunks: LogChunk[] = [];
  for (let chunk = chunker.take(maxBytes); chunk; chunk = chunker.take(maxBytes)) chunks.push(chunk);
  return chunks;
};
const piecesOf = (bytes: Buffer): LogPiece[] => {
  const splitter = new LineSplitter();
  return [...splitter.push(bytes, 1_700_000_000_000), ...splitter.end()];
};
const chunksOf = (bytes: Buffer, maxBytes = MAX_CHUNK_BYTES): { chunks: LogChunk[]; position: LogPosition } => {
  const chunker = new Chunker(resumeAfter(undefined));
  chunker.add(piecesOf(bytes));
  return { chunks: drain(chunker, maxBytes), position: chunker.position };
};

describe('chunker', () => {
  it('continues line, offset and chain from chunk to chunk', () => {
    const line = fc.oneof(fc.constantFrom('', 'a', 'é€', '\0', '"'), fc.string()).map((text) => Buffer.from(text));
    const text = fc.array(fc.oneof(line, fc.uint8Array({ maxLength: 9 })), { maxLength: 40 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 40 }), (lines, maxBytes) => {
        const bytes = Buffer.concat(lines.flatMap((each, index) => (index ? [Buffer.from('\n'), each] : [each])));
        const { chunks, position } = chunksOf(bytes, maxBytes);
        let [offset, chain, newlines] = [0, CHAIN_START, 0];
        for (const chunk of chunks) {
          const own = bytesOfChunk(chunk);
          expect(own.equals(bytes.subarray(offset, offset + own.length))).toBe(true);
          chain = chainOf(chain, own);
          expect([chunk.from, chunk.offset, chunk.bytes, chunk.chain]).toEqual([
            newlines + 1,
            offset,
            own.length,
            chain,
          ]);
          offset += own.length;
          newlines += own.filter((byte) => byte === 10).length;
          expect(resumeAfter(chunk)).toMatchObject({ bytes: offset, line: newlines + 1, chain });
        }
        const lineCount = newlines + (bytes.length > 0 && bytes.at(-1) !== 10 ? 1 : 0);
        expect(totalsAt(position)).toEqual({ bytes: bytes.length, lines: lineCount, chain });
      }),
    );
  });

  const worst: [string, Buffer][] = [
    ['empty lines', Buffer.alloc(600_000, '\n')],
    ['short lines of control characters', Buffer.alloc(600_000, '\x01\x02\x1b\n')],
    ['lines of quotes', Buffer.alloc(600_000, '""""""""""""""""""""\\\\\n')],
    ['binary', Buffer.alloc(600_000, Buffer.from([0xff, 0x0a]))],
    [
      'lines of control characters just below the size that is looked at',
      Buffer.alloc(600_000, `${'\x01'.repeat(4000)}\n`),
    ],
    ['long lines of control characters', Buffer.alloc(600_000, '\0')],
    ['long lines', Buffer.alloc(600_000, 'é')],
  ];
  for (const [kind, bytes] of worst) {
    it(`keeps a chunk below its limits as JSON: ${kind}`, () => {
      const { chunks } = chunksOf(bytes);
      expect(Buffer.concat(chunks.map(bytesOfChunk)).equals(bytes)).toBe(true);
      for (const chunk of chunks) {
        expect(Buffer.byteLength(JSON.stringify(chunk))).toBeLessThanOrEqual(MAX_CHUNK_JSON);
        expect(chunk.bytes).toBeLessThanOrEqual(MAX_CHUNK_BYTES);
      }
    });
  }

  it('says when there is a chunk, and when there is no room for more', () => {
    const chunker = new Chunker(resumeAfter(undefined));
    chunker.add(piecesOf(Buffer.alloc(CHUNK_BYTES - 10, 'abcdefghi\n')));
    expect([chunker.hasChunk, chunker.isFull, chunker.since]).toEqual([false, false, 1_700_000_000_000]);
    chunker.add(piecesOf(Buffer.alloc(20, 'abcdefghi\n')));
    expect([chunker.hasChunk, chunker.isFull]).toEqual([true, false]);
    chunker.add(piecesOf(Buffer.alloc(MAX_CHUNK_BYTES, 'abcdefghi\n')));
    expect(chunker.isFull).toBe(true);
    expect(chunker.take(CHUNK_BYTES)?.bytes).toBeLessThanOrEqual(CHUNK_BYTES);
    drain(chunker, MAX_CHUNK_BYTES);
    expect([chunker.isEmpty, chunker.hasChunk, chunker.isFull, chunker.since]).toEqual([true, false, false, undefined]);
  });

  it('has no room for more when the pieces are many, however few bytes they hold', () => {
    const chunker = new Chunker(resumeAfter(undefined));
    chunker.add(piecesOf(Buffer.alloc(30_000, '\n')));
    expect([chunker.hasChunk, chunker.isFull]).toEqual([true, true]);
  });
});
