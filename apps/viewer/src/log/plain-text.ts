import { shownText } from '#log-lines';

/** Of a longer line each part of so many characters is shown by itself: memory stays bounded whatever is printed. */
const MOST_CHARACTERS = 256 * 1024;
/** Where a long line is cut, a sequence that has begun so shortly before goes into the next part. */
const SEQUENCE_CHARACTERS = 64;
const ESCAPE = String.fromCharCode(27);

const cutOf = (line: string): number => {
  const sequence = line.lastIndexOf(ESCAPE, MOST_CHARACTERS);
  return sequence > MOST_CHARACTERS - SEQUENCE_CHARACTERS ? sequence : MOST_CHARACTERS;
};

/**
 * A log as a terminal shows it in the end: without colours and other control sequences, and of what was overwritten in a line
 * the last state. Bytes that are no UTF-8 become U+FFFD. A line comes once it has ended.
 */
export async function* plainText(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder();
  let rest = '';
  const shown = function* (text: string, end: boolean): Generator<string> {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield `${shownText(line)}\n`;
    while (rest.length > MOST_CHARACTERS) {
      const cut = cutOf(rest);
      yield shownText(rest.slice(0, cut));
      rest = rest.slice(cut);
    }
    if (end && rest) yield shownText(rest);
  };
  for await (const part of bytes) {
    const text = [...shown(decoder.decode(part, { stream: true }), false)].join('');
    if (text) yield Buffer.from(text);
  }
  const last = [...shown(decoder.decode(), true)].join('');
  if (last) yield Buffer.from(last);
}
