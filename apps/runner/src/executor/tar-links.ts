const BLOCK = 512;
const TYPE_AT = 156;
const [SIZE_AT, SIZE_LENGTH] = [124, 12];
const SYMBOLIC_LINK = '2';
/** Entries that say more of the one after them: a long name, a long target, attributes. */
const OF_THE_NEXT = ['L', 'K', 'x'];

/** Octal digits; a first byte with its high bit set begins a binary number, for sizes from 8 GiB. */
const sizeIn = (header: Buffer): number => {
  const field = header.subarray(SIZE_AT, SIZE_AT + SIZE_LENGTH);
  if ((field[0] ?? 0) >= 0x80) return field.readUIntBE(SIZE_LENGTH - 6, 6);
  return Number.parseInt(field.toString('latin1').replace(/[^0-7]/g, ''), 8) || 0;
};

/**
 * The same archive without its symbolic links, which are added to `links`, as entries of an archive without its end. Streams:
 * no more is held than one entry's header.
 */
export async function* withoutLinks(tar: AsyncIterable<Buffer>, links: Buffer[]): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let before: Buffer[] = [];
  let left = 0;
  let isOfNext = false;
  for await (const chunk of tar) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    const passed: Buffer[] = [];
    for (;;) {
      if (left > 0) {
        const content = bytes.subarray(at, at + left);
        (isOfNext ? before : passed).push(content);
        at += content.length;
        left -= content.length;
      }
      if (bytes.length - at < BLOCK) break;
      const header = bytes.subarray(at, at + BLOCK);
      at += BLOCK;
      left = Math.ceil(sizeIn(header) / BLOCK) * BLOCK;
      const type = String.fromCharCode(header[TYPE_AT] ?? 0);
      isOfNext = OF_THE_NEXT.includes(type);
      before.push(header);
      if (isOfNext) continue;
      (type === SYMBOLIC_LINK ? links : passed).push(...before);
      before = [];
    }
    rest = bytes.subarray(at);
    if (passed.length > 0) yield Buffer.concat(passed);
  }
  yield Buffer.concat([...before, rest]);
}

/** What ends an archive. */
export const END_OF_ARCHIVE = Buffer.alloc(2 * BLOCK);
