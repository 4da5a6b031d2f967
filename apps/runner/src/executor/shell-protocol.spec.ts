import fc from 'fast-check';
import { UnusableStep } from '#errors';
import { encodeFrame, ShellParser, type ShellPiece } from './shell-protocol.js';

const NONCE = '0123456789abcdef0123456789abcdef';
const mark = (text: string): Buffer => Buffer.from(`\x1ecairn:${NONCE}:${text}\n`);
const READY = Buffer.from('\x1ecairn:ready:7\n');

/** Joins pieces of output, which may be cut anywhere. */
const parse = (chunks: readonly Buffer[]): (string | Exclude<ShellPiece, { kind: 'output' }>)[] => {
  const parser = new ShellParser(NONCE);
  const seen: (string | Exclude<ShellPiece, { kind: 'output' }>)[] = [];
  const add = (piece: ShellPiece): void => {
    const last = seen.at(-1);
    if (piece.kind !== 'output') seen.push(piece);
    else if (typeof last === 'string') seen[seen.length - 1] = last + piece.bytes.toString('latin1');
    else seen.push(piece.bytes.toString('latin1'));
  };
  for (const chunk of chunks) for (const piece of parser.push(chunk)) add(piece);
  const rest = parser.end();
  if (rest.length > 0) add({ kind: 'output', bytes: rest });
  return seen;
};

const split = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
};

describe('ShellParser', () => {
  it('finds the marks and the bytes between them, wherever the reads cut the stream', () => {
    const tempting = fc.constantFrom(
      '\x1e',
      '\x1ecairn:',
      `\x1ecairn:${NONCE.slice(0, 31)}x:ended:1:0\n`,
      'cairn',
      '\n',
    );
    const output = fc
      .array(
        fc.oneof(
          tempting,
          fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
        ),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(output, fc.array(fc.nat(), { maxLength: 30 }), (text, cuts) => {
        const stream = [READY, mark('accepted:1'), Buffer.from(text, 'latin1'), mark('ended:1:3'), mark('known:1')];
        expect(parse(split(Buffer.concat(stream), cuts))).toEqual([
          { kind: 'ready', pid: 7, unpacks: false },
          { kind: 'accepted', number: 1 },
          ...(text === '' ? [] : [text]),
          { kind: 'ended', number: 1, code: 3, wrote: false },
          { kind: 'known', number: 1 },
        ]);
      }),
    );
  });

  it('gives bytes on at once unless they may be the beginning of a mark', () => {
    const parser = new ShellParser(NONCE);
    parser.push(READY);
    expect(parser.push(Buffer.from('no newline'))).toEqual([{ kind: 'output', bytes: Buffer.from('no newline') }]);
    expect(parser.push(Buffer.from('\x1ecairn:01'))).toEqual([]);
    expect(
      Buffer.concat(parser.push(Buffer.from('!')).map((piece) => (piece as { bytes: Buffer }).bytes)).toString(),
    ).toBe('\x1ecairn:01!');
  });

  it('takes a mark that goes on for too long as output, and so holds back little', () => {
    const endless = `\x1ecairn:${NONCE}:${'x'.repeat(5000)}`;
    expect(parse([READY, ...split(Buffer.from(endless), [10, 60, 100, 4000])])).toEqual([
      { kind: 'ready', pid: 7, unpacks: false },
      endless,
    ]);
  });

  it('gives what was held back at the end of the stream', () => {
    expect(parse([READY, mark('accepted:1'), Buffer.from('\x1ecairn:')])).toContain('\x1ecairn:');
  });
});

describe('encodeFrame', () => {
  it('is one line of plain characters after the newline that ends a dead half frame', () => {
    const frame = encodeFrame(NONCE, { number: 3, script: 'a|b\n\\ž\x01', environment: { A: "it's" } }).toString();
    const fields = /^\ncairn\|(\w+)\|3\|(\d+)\|([ -~]*)\|([ -~]*)\|(\w+)\n$/.exec(frame) ?? [];
    expect(fields.slice(1)).toEqual([
      NONCE,
      String((fields[3] ?? '').length + (fields[4] ?? '').length),
      "export A='it'\\0134''s'",
      'a\\0174b\\0012\\0134\\0305\\0276\\0001',
      NONCE,
    ]);
  });

  it.each([
    ['a NUL byte', { script: 'a\0', environment: {} }],
    ['a NUL byte', { script: '', environment: { A: '\0' } }],
    ['cannot be the name', { script: '', environment: { 'A B': '' } }],
    ['cannot be the name', { script: '', environment: { '': '' } }],
    ['exceed', { script: 'x'.repeat(5_000_000), environment: {} }],
  ])('refuses %s', (words, { script, environment }) => {
    const frame = () => encodeFrame(NONCE, { number: 1, script, environment });
    expect(frame).toThrow(UnusableStep);
    expect(frame).toThrow(words);
  });
});
