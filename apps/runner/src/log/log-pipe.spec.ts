import { jest } from '@jest/globals';
import fc from 'fast-check';
import { OutputLost } from '#errors';
import { bytesOfChunk, CHAIN_START, chainOf, type LogChunk } from '#events';
import { MAX_CHUNK_BYTES } from './chunker.js';
import { pumpLog, resumeAfter } from './index.js';

const now = (): number => Date.now();

/** A source that is fed by hand and knows how often it was asked. */
class Faucet implements AsyncIterableIterator<Buffer> {
  asked = 0;
  returned = false;
  #waiting: ((result: IteratorResult<Buffer>) => void) | undefined;
  readonly #ready: IteratorResult<Buffer>[] = [];
  [Symbol.asyncIterator](): this {
    return this;
  }
  next(): Promise<IteratorResult<Buffer>> {
    this.asked++;
    const ready = this.#ready.shift();
    return ready ? Promise.resolve(ready) : new Promise((resolve) => (this.#waiting = resolve));
  }
  return(): Promise<IteratorResult<Buffer>> {
    this.returned = true;
    return Promise.resolve({ done: true, value: undefined });
  }
  give(bytes: Buffer | string): void {
    this.put({ done: false, value: Buffer.from(bytes) });
  }
  end(): void {
    this.put({ done: true, value: undefined });
  }
  private put(result: IteratorResult<Buffer>): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting(result);
    else this.#ready.push(result);
  }
}

/** Published chunks, each checked against the one before; `next` waits for one more. */
class Log {
  readonly chunks: LogChunk[] = [];
  #waiting: (() => void) | undefined;
  constructor(private readonly from: LogChunk | undefined = undefined) {}
  readonly publish = async (chunk: LogChunk): Promise<void> => {
    const before = resumeAfter(this.chunks.at(-1) ?? this.from);
    expect([chunk.offset, chunk.from]).toEqual([before.bytes, before.line]);
    expect(chunk.chain).toBe(chainOf(before.chain, bytesOfChunk(chunk)));
    expect(chunk.bytes).toBe(bytesOfChunk(chunk).length);
    expect(chunk.bytes).toBeGreaterThan(0);
    this.chunks.push(chunk);
    this.#waiting?.();
  };
  next(): Promise<void> {
    return new Promise((resolve) => (this.#waiting = resolve));
  }
  get bytes(): Buffer {
    return Buffer.concat(this.chunks.map(bytesOfChunk));
  }
}

async function* pour(parts: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* parts;
}
const inParts = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );

const turns = async (count: number): Promise<void> => {
  for (let index = 0; index < count; index++) await new Promise((resolve) => setImmediate(resolve));
};

describe('the log pipe', () => {
  it('publishes any output exactly, in order', async () => {
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      fc.constantFrom('\n', 'line\n', 'é€😀', 'x'.repeat(70_000), '\n'.repeat(70_000)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (given) => {
        const parts = given.map((each) => Buffer.from(each as string));
        const log = new Log();
        const totals = await pumpLog(pour(parts), { publish: log.publish, now });
        const bytes = Buffer.concat(parts);
        expect(log.bytes.equals(bytes)).toBe(true);
        const newlines = bytes.filter((byte) => byte === 10).length;
        const open = bytes.length > 0 && bytes.at(-1) !== 10 ? 1 : 0;
        const chain = log.chunks.at(-1)?.chain ?? CHAIN_START;
        expect(totals).toEqual({ bytes: bytes.length, lines: newlines + open, chain });
      }),
      { numRuns: 60 },
    );
  });

  it('publishes nothing when there is no output', async () => {
    const log = new Log();
    expect(await pumpLog(pour([]), { publish: log.publish, now })).toEqual({ lines: 0, bytes: 0, chain: CHAIN_START });
    expect(log.chunks).toEqual([]);
  });

  it('shows a line, and then a prompt without a newline, while the step still runs', async () => {
    const faucet = new Faucet();
    const log = new Log();
    const done = pumpLog(faucet, { publish: log.publish, now });
    for (const text of ['one\n', 'two\n', 'Continue? ']) {
      const seen = log.next();
      faucet.give(text);
      await seen;
      expect(bytesOfChunk(log.chunks.at(-1)!).toString()).toBe(text);
    }
    faucet.give('yes\n');
    faucet.end();
    expect(await done).toMatchObject({ lines: 3, bytes: 22 });
    expect(log.chunks.at(-1)).toMatchObject({ from: 3, offset: 18 });
  });

  it('publishes the first line of a burst by itself at once, and gathers what follows', async () => {
    const faucet = new Faucet();
    const log = new Log();
    let time = 1000;
    const done = pumpLog(faucet, { publish: log.publish, now: () => time });
    faucet.give('first\n');
    await turns(3);
    expect(log.chunks.map((chunk) => chunk.bytes)).toEqual([6]);
    time += 10;
    for (let index = 0; index < 5; index++) faucet.give('more\n');
    await turns(20);
    expect(log.chunks).toHaveLength(1);
    time += 40;
    faucet.give('last\n');
    await turns(3);
    expect(log.chunks.map((chunk) => chunk.bytes)).toEqual([6, 30]);
    faucet.end();
    await done;
  });

  it('does not publish the first bytes of a character before the rest has come', async () => {
    const faucet = new Faucet();
    const log = new Log();
    let time = 1000;
    const done = pumpLog(faucet, { publish: log.publish, now: () => time });
    faucet.give(Buffer.from([0xe2, 0x82]));
    await turns(3);
    time += 1000;
    faucet.give(Buffer.from([0xac]));
    const seen = log.next();
    await seen;
    expect(log.chunks[0]?.lines).toEqual([{ t: 2000, x: '€', c: 1 }]);
    faucet.end();
    await done;
  });

  it('reads no further while publishing stands still: one chunk under way, one waiting', async () => {
    let read = 0;
    const line = Buffer.from(`${'x'.repeat(99)}\n`);
    async function* endless(): AsyncGenerator<Buffer> {
      for (; read < 20_000_000; read += 10_000) yield Buffer.alloc(10_000, line);
    }
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const publish = jest.fn(async (chunk: LogChunk) => {
      expect(chunk.bytes).toBeLessThanOrEqual(MAX_CHUNK_BYTES);
      await held;
    });
    const done = pumpLog(endless(), { publish, now });
    await turns(2000);
    expect(publish).toHaveBeenCalledTimes(1);
    expect(read).toBeGreaterThan(MAX_CHUNK_BYTES);
    expect(read).toBeLessThan(3 * MAX_CHUNK_BYTES);
    release();
    expect(await done).toMatchObject({ bytes: 20_000_000, lines: 200_000 });
  });

  it('takes a huge read apart instead of keeping it as lines', async () => {
    const log = new Log();
    const bytes = Buffer.alloc(5_000_000, 'some text\n');
    await pumpLog(pour([bytes]), { publish: log.publish, now });
    expect(log.bytes.equals(bytes)).toBe(true);
    expect(log.chunks.every((chunk) => chunk.bytes <= MAX_CHUNK_BYTES)).toBe(true);
  });

  it('never publishes two chunks at once, and makes larger ones when it is behind', async () => {
    let atOnce = 0;
    let given = 0;
    const sizes: number[] = [];
    const total = 2_000_000;
    let published = 0;
    /** Slower than the source: until more than half of the largest chunk waits. */
    const publish = async (chunk: LogChunk): Promise<void> => {
      expect(++atOnce).toBe(1);
      published += chunk.bytes;
      const enough = Math.min(total, published + MAX_CHUNK_BYTES / 2 + 10_000);
      while (given < enough) await turns(1);
      sizes.push(chunk.bytes);
      atOnce--;
    };
    const source = async function* (): AsyncGenerator<Buffer> {
      for (const part of inParts(Buffer.alloc(total, `${'x'.repeat(99)}\n`), 10_000)) {
        given += part.length;
        yield Promise.resolve(part);
      }
    };
    await pumpLog(source(), { publish, now });
    expect(Math.max(...sizes)).toBeGreaterThan(MAX_CHUNK_BYTES / 2);
  });

  it('passes on what publishing throws, though the source is silent, and stops reading', async () => {
    const faucet = new Faucet();
    const failure = new Error('fenced');
    const done = pumpLog(faucet, { publish: () => Promise.reject(failure), now });
    faucet.give('line\n');
    await expect(done).rejects.toBe(failure);
    const { asked } = faucet;
    faucet.give('more\n');
    await turns(5);
    expect(faucet.returned).toBe(true);
    expect(faucet.asked).toBe(asked);
  });

  it('publishes what came before the source failed, then passes the failure on', async () => {
    const failure = new Error('sandbox lost');
    async function* failing(): AsyncGenerator<Buffer> {
      yield Buffer.from('line\nand a half');
      throw failure;
    }
    const log = new Log();
    await expect(pumpLog(failing(), { publish: log.publish, now })).rejects.toBe(failure);
    expect(log.bytes.toString()).toBe('line\nand a half');
  });

  it('stops at once when it is told to, also in the middle of publishing', async () => {
    const faucet = new Faucet();
    const stop = new AbortController();
    const publish = (): Promise<void> => {
      setImmediate(() => stop.abort(new Error('superseded')));
      return new Promise(() => undefined);
    };
    const done = pumpLog(faucet, { publish, now, signal: stop.signal });
    faucet.give('line\n');
    await expect(done).rejects.toThrow('superseded');
    expect(faucet.returned).toBe(true);
  });
});

describe('adopting a step', () => {
  const lines = ['plain', 'é€😀', '', 'x'.repeat(70_000), '\u001b[0m', 'last without end'];
  const bytes = Buffer.concat([Buffer.from(lines.join('\n')), Buffer.from([0x0a, 0xff, 0xfe, 0x0a, 0x41])]);

  /** What an earlier process had published when its source had given `length` bytes, in parts of `size`. */
  const publishedOf = async (length: number, size: number): Promise<Log> => {
    const log = new Log();
    await pumpLog(pour(inParts(bytes.subarray(0, length), size)), { publish: log.publish, now });
    return log;
  };

  it('goes on after the last published byte, wherever that was', async () => {
    const cuts = [
      ...Array(40).keys(),
      65_535,
      65_536,
      65_550,
      65_560,
      70_010,
      70_020,
      ...Array.from({ length: 30 }, (_, index) => bytes.length - index),
    ];
    for (const cut of cuts) {
      const before = await publishedOf(cut, 7000);
      const last = before.chunks.at(-1);
      const after = new Log(last);
      const position = resumeAfter(last);
      expect(position.bytes).toBe(cut);
      const totals = await pumpLog(pour(inParts(bytes, 5000)), { publish: after.publish, now, resumeFrom: position });
      expect(Buffer.concat([before.bytes, after.bytes]).equals(bytes)).toBe(true);
      expect(totals.bytes).toBe(bytes.length);
      expect(totals.lines).toBe(8);
      expect(totals.chain).toBe((after.chunks.at(-1) ?? last)?.chain);
    }
  });

  it('goes on after every single chunk of a long log', async () => {
    const long = Buffer.alloc(1_000_000, 'number and text €\n');
    const whole = new Log();
    await pumpLog(pour(inParts(long, 30_001)), { publish: whole.publish, now });
    expect(whole.chunks.length).toBeGreaterThan(3);
    for (const [index, last] of whole.chunks.entries()) {
      const after = new Log(last);
      await pumpLog(pour(inParts(long, 65_536)), { publish: after.publish, now, resumeFrom: resumeAfter(last) });
      const before = whole.chunks.slice(0, index + 1).map(bytesOfChunk);
      expect(Buffer.concat([...before, after.bytes]).equals(long)).toBe(true);
    }
  });

  it('says so when the output is shorter than what was published', async () => {
    const before = await publishedOf(100, 100);
    const resumeFrom = resumeAfter(before.chunks.at(-1));
    const log = new Log();
    const again = pumpLog(pour([bytes.subarray(0, 60)]), { publish: log.publish, now, resumeFrom });
    await expect(again).rejects.toThrow(OutputLost);
    expect(log.chunks).toEqual([]);
  });
});
