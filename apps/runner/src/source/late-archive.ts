import { Readable } from 'node:stream';

/** An archive that is still being made, as a stream: whoever unpacks it can get ready meanwhile. */
export const lateArchive = (making: Promise<Readable>): Readable => {
  making.catch(() => undefined); // told to whoever reads, which may be later
  async function* read(): AsyncGenerator<Buffer> {
    yield* (await making) as AsyncIterable<Buffer>;
  }
  // Also when it was destroyed before it was read: then nobody else knows of it.
  const close = (): void => void making.then((archive) => archive.destroy()).catch(() => undefined);
  return Readable.from(read(), { objectMode: false, highWaterMark: 256 * 1024 }).once('close', close);
};
