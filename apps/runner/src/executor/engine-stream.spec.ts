import fc from 'fast-check';
import { EngineDemuxer, historyDemuxer } from './engine-stream.js';

const frame = (bytes: Buffer, stream = 1): Buffer => {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
};
const read = (demuxer: EngineDemuxer, chunks: readonly Buffer[], stderr = false): string =>
  Buffer.concat(
    chunks
      .flatMap((chunk) => demuxer.push(chunk))
      .flatMap((output) => (output.stderr === stderr ? [output.bytes] : [])),
  ).toString('latin1');

describe('EngineDemuxer', () => {
  it('separates the streams, wherever the reads cut them', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), fc.integer({ min: 1, max: 40 }), (parts, size) => {
        const bytes = Buffer.concat(parts.map((part, index) => frame(Buffer.from(part), index % 2 ? 2 : 1)));
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        for (const stderr of [false, true]) {
          const expected = Buffer.concat(
            parts.filter((_, index) => (index % 2 === 1) === stderr).map((part) => Buffer.from(part)),
          );
          expect(read(new EngineDemuxer(), chunks, stderr)).toBe(expected.toString('latin1'));
        }
      }),
    );
  });
});

describe('historyDemuxer', () => {
  const piece = 'x'.repeat(16 * 1024);
  /** As the `local` driver's reader gives lines: cut at 16 KiB, the newline kept only by lines that were not cut. */
  const stored = (line: string): Buffer[] => {
    const frames: Buffer[] = [];
    let rest = line;
    for (; rest.length >= piece.length; rest = rest.slice(piece.length))
      frames.push(frame(Buffer.from(rest.slice(0, piece.length))));
    frames.push(frame(Buffer.from(line.length >= piece.length ? rest : `${rest}\n`)));
    return frames;
  };

  it.each([0, 1, piece.length - 1, piece.length, piece.length + 1, piece.length * 2, piece.length * 3 + 5])(
    'restores the newline after a line of %d bytes',
    (length) => {
      const lines = ['before', 'y'.repeat(length), '', 'after'];
      expect(read(historyDemuxer(), lines.flatMap(stored))).toBe(lines.map((line) => `${line}\n`).join(''));
    },
  );

  it('adds nothing for an engine that writes the newline', () => {
    const frames = [frame(Buffer.from(piece)), frame(Buffer.from('tail\n')), frame(Buffer.from('next\n'))];
    expect(read(historyDemuxer(), frames)).toBe(`${piece}tail\nnext\n`);
  });
});
