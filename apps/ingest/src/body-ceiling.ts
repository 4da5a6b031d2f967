import type { ServerResponse } from 'node:http';
import { Transform, type Readable } from 'node:stream';
import { TooMuchAtOnce } from '#errors';

/**
 * Counts the bytes of all bodies that are in memory: from when they are read until their answer is out. What was
 * announced and not sent does not count, so that nobody keeps others out by promises alone.
 */
export class BodyCeiling {
  #held = 0;

  constructor(private readonly bytes: number) {}

  /** The same body. It fails with TooMuchAtOnce at the first bytes that are too many, and no more of it is read then. */
  guard(body: Readable, response: ServerResponse): Readable {
    let taken = 0;
    response.once('close', () => (this.#held -= taken));
    const guarded = new Transform({
      transform: (chunk: Buffer, _, done) => {
        taken += chunk.length;
        this.#held += chunk.length;
        if (this.#held > this.bytes) done(new TooMuchAtOnce());
        else done(null, chunk);
      },
    });
    body.once('error', (error) => guarded.destroy(error)); // the sender hung up: `pipe` would not say so
    return body.pipe(guarded);
  }
}
