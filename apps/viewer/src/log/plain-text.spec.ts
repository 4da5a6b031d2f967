import fc from 'fast-check';
import { plainText } from './plain-text.js';

async function* parts(...all: Buffer[]): AsyncGenerator<Buffer> {
  yield* all;
}
const plain = async (...all: Buffer[]): Promise<string> => {
  const out: Buffer[] = [];
  for await (const part of plainText(parts(...all))) out.push(part);
  return Buffer.concat(out).toString('utf8');
};
const ESC = '\u001b';

describe('plain text of a log', () => {
  it('is what a terminal shows in the end', async () =>
    expect(await plain(Buffer.from(`${ESC}[31mred${ESC}[0m\r\n10%\r100%\nno newline ${ESC}[1m!`))).toBe(
      'red\n100%\nno newline !',
    ));

  it('is the same wherever the bytes were cut', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'é🪨', '\n', '\r', `${ESC}[31m`, `${ESC}[K`, '\t', 'word ')),
        fc.array(fc.nat(40)),
        async (texts, sizes) => {
          const whole = Buffer.from(texts.join(''));
          const cut: Buffer[] = [];
          for (let at = 0, n = 0; at < whole.length; n += 1) {
            const end = at + (sizes[n % Math.max(1, sizes.length)] ?? 7) + 1;
            cut.push(whole.subarray(at, end));
            at = end;
          }
          expect(await plain(...cut)).toBe(await plain(whole));
        },
      ),
    ));

  it('shows a line of any length, in parts that cut no sequence', async () => {
    const size = 256 * 1024;
    const line = `${'a'.repeat(size - 2)}${ESC}[31m${'b'.repeat(size)}`;
    const text = await plain(Buffer.from(line), Buffer.from('c\n'));
    expect(text).toBe(`${'a'.repeat(size - 2)}${'b'.repeat(size)}c\n`);
  });

  it('shows bytes that are no text as such', async () =>
    expect(await plain(Buffer.from([0xff, 0x41, 0xc3]), Buffer.from([0xa9, 0x0a]))).toBe('\ufffdAé\n'));
});
