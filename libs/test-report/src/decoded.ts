type Decoder = InstanceType<typeof TextDecoder>;

/** Small enough that whoever parses it stops soon after it was told to. */
const PIECE = 16 * 1024;
const ENOUGH = 256;

/** By its first bytes: a mark of Unicode, or what the XML declaration says. What is unknown is taken for UTF-8. */
const decoderFor = (head: Buffer): Decoder => {
  const declared = /^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(head.toString('latin1'))?.[1];
  const marked =
    head[0] === 0xff && head[1] === 0xfe ? 'utf-16le' : head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : undefined;
  try {
    return new TextDecoder(marked ?? declared ?? 'utf-8');
  } catch {
    return new TextDecoder('utf-8');
  }
};

/** The text in pieces. */
export async function* decoded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let head = Buffer.alloc(0);
  let decoder: Decoder | undefined;
  const pieces = function* (chunk: Uint8Array, using: Decoder): Generator<string> {
    for (let at = 0; at < chunk.length; at += PIECE)
      yield using.decode(chunk.subarray(at, at + PIECE), { stream: true });
  };
  for await (const chunk of bytes) {
    if (decoder) yield* pieces(chunk, decoder);
    else {
      head = Buffer.concat([head, chunk]);
      if (head.length < ENOUGH) continue;
      decoder = decoderFor(head);
      yield* pieces(head, decoder);
    }
  }
  decoder ??= decoderFor(head);
  if (head.length < ENOUGH) yield* pieces(head, decoder);
  yield decoder.decode();
}
