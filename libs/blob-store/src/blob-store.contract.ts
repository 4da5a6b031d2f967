import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BlobGone, BlobTooLarge, SandboxLost } from '#errors';
import { eventually } from '#testing';
import type { BlobStore } from './blob-store.js';

const MIB = 1024 * 1024;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function* pieces(...parts: readonly (Uint8Array | string)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

/** The same piece, again and again; `between` is called after each. */
async function* repeated(piece: Uint8Array, times: number, between: () => void): AsyncGenerator<Uint8Array> {
  for (let time = 0; time < times; time += 1) {
    yield piece;
    between();
  }
}

async function* broken(before: Uint8Array, error: Error): AsyncGenerator<Uint8Array> {
  yield before;
  throw error;
}

export const bytesOf = async (content: AsyncIterable<unknown>): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of content) parts.push(part as Buffer);
  return Buffer.concat(parts);
};

/** What all stores of blobs have in common. */
export const describeBlobStore = (name: string, makeStore: () => Promise<BlobStore> | BlobStore): void => {
  describe(`${name} as a blob store`, () => {
    let store: BlobStore;
    let scope: string;
    const options = { maxBytes: 200 * MIB };
    beforeAll(async () => {
      store = await makeStore();
    });
    beforeEach(() => {
      scope = `contract/${randomBytes(6).toString('hex')}`;
    });

    const text = async (key: string): Promise<string> => (await bytesOf((await store.get(key)).content)).toString();
    const keys = async (prefix: string): Promise<string[]> => {
      const found: string[] = [];
      for await (const { key } of store.list(prefix)) found.push(key);
      return found;
    };

    it('gives back what was written, and tells what that was', async () => {
      const bytes = randomBytes(3 * MIB + 17);
      const parts = [bytes.subarray(0, 5), bytes.subarray(5, 2 * MIB), bytes.subarray(2 * MIB)];
      const key = `${scope}/a%2Fb-c_d.e~f`;
      expect(await store.put(key, pieces(...parts), options)).toEqual({ size: bytes.length, sha256: sha256(bytes) });
      const { size, content } = await store.get(key);
      expect(size).toBe(bytes.length);
      expect(sha256(await bytesOf(content))).toBe(sha256(bytes));
      const info = await store.head(key);
      expect(info).toMatchObject({ key, size: bytes.length });
      expect(new Date(info?.at ?? '').toISOString()).toBe(info?.at);
    });

    it('gives a part of one, wherever it begins and ends, and tells the size of all', async () => {
      const bytes = randomBytes(2 * MIB + 17);
      const last = bytes.length - 1;
      const key = `${scope}/a`;
      const slowly = async function* (): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < bytes.length; at += 300_000) {
          yield bytes.subarray(at, at + 300_000);
          await store.put(`${scope}/between`, pieces(randomBytes(10)), options); // so that it does not lie together
        }
      };
      await store.put(key, slowly(), options);
      const quarter = MIB / 4;
      for (const [from, to] of [
        [0, 0],
        [0, last],
        [1, 5],
        [last, last],
        [quarter - 1, quarter],
        [quarter, 2 * quarter - 1],
        [3 * quarter - 5, 7 * quarter + 5],
        [5, last - 5],
      ] as const) {
        const { size, content } = await store.get(key, { from, to });
        expect(size).toBe(bytes.length);
        expect(sha256(await bytesOf(content))).toBe(sha256(bytes.subarray(from, to + 1)));
      }
      for (const [from, to] of [
        [0, last + 1],
        [last + 1, last + 9],
      ] as const)
        await expect(store.get(key, { from, to })).rejects.toThrow(BlobGone);
      await expect(store.get(`${scope}/none`, { from: 0, to: 0 })).rejects.toThrow(BlobGone);
    });

    it('keeps a blob of no bytes', async () => {
      expect(await store.put(`${scope}/empty`, pieces(), options)).toEqual({
        size: 0,
        sha256: sha256(Buffer.alloc(0)),
      });
      expect(await text(`${scope}/empty`)).toBe('');
      expect(await store.head(`${scope}/empty`)).toMatchObject({ size: 0 });
    });

    it('says that there is none', async () => {
      expect(await store.head(`${scope}/none`)).toBeUndefined();
      await expect(store.get(`${scope}/none`)).rejects.toThrow(BlobGone);
      await store.delete(`${scope}/none`);
    });

    it('replaces one, in one stroke', async () => {
      await store.put(`${scope}/a`, pieces('old'), options);
      let seen: string | undefined;
      const watched = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.alloc(2 * MIB);
        seen = await text(`${scope}/a`);
        yield Buffer.from('new');
      };
      await store.put(`${scope}/a`, watched(), options);
      expect(seen).toBe('old');
      expect((await text(`${scope}/a`)).endsWith('new')).toBe(true);
    });

    it('shows nothing of one that is being written', async () => {
      let seen: unknown = 'not looked at';
      const watched = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.alloc(9 * MIB);
        seen = [await store.head(`${scope}/a`), await keys(`${scope}/`)];
      };
      await store.put(`${scope}/a`, watched(), options);
      expect(seen).toEqual([undefined, []]);
      expect(await keys(`${scope}/`)).toEqual([`${scope}/a`]);
    });

    it('keeps nothing of one that is too large, or that breaks off, and says why', async () => {
      const large = repeated(Buffer.alloc(MIB), 10, () => undefined);
      await expect(store.put(`${scope}/large`, large, { maxBytes: 9.5 * MIB })).rejects.toThrow(BlobTooLarge);
      const error = new SandboxLost('the place is gone');
      await expect(store.put(`${scope}/broken`, broken(Buffer.alloc(MIB), error), options)).rejects.toBe(error);
      expect(await keys(`${scope}/`)).toEqual([]);
    });

    it('writes only what is not there yet, when told so', async () => {
      const once = { ...options, ifAbsent: true };
      expect(await store.put(`${scope}/a`, pieces('first'), once)).toMatchObject({ size: 5 });
      expect(await store.put(`${scope}/a`, pieces('second'), once)).toBeUndefined();
      expect(await text(`${scope}/a`)).toBe('first');
      await store.delete(`${scope}/a`);
      expect(await store.put(`${scope}/a`, pieces('third'), once)).toMatchObject({ size: 5 });
    });

    it('lets one of several that write at once win, as a whole', async () => {
      const once = { ...options, ifAbsent: true };
      const writers = ['one', 'two', 'six'].map((word) => store.put(`${scope}/a`, pieces(word), once));
      expect((await Promise.all(writers)).some((written) => written !== undefined)).toBe(true);
      expect(['one', 'two', 'six']).toContain(await text(`${scope}/a`));
    });

    it('lists by the beginning of keys, in order', async () => {
      for (const key of ['b/2', 'a/1', 'b/1', 'ba']) await store.put(`${scope}/${key}`, pieces(key), options);
      expect(await keys(`${scope}/b`)).toEqual(['b/1', 'b/2', 'ba'].map((key) => `${scope}/${key}`));
      expect(await keys(`${scope}/c`)).toEqual([]);
      for await (const { key, size, at } of store.list(`${scope}/a`))
        expect({ key, size, at }).toEqual({ key: `${scope}/a/1`, size: 3, at: (await store.head(key))?.at });
    });

    it('deletes', async () => {
      await store.put(`${scope}/a`, pieces('a'), options);
      await store.put(`${scope}/b`, pieces('b'), options);
      await store.delete(`${scope}/a`);
      await expect(store.get(`${scope}/a`)).rejects.toThrow(BlobGone);
      expect(await keys(`${scope}/`)).toEqual([`${scope}/b`]);
    });

    it('has little of 64 MB in memory, when they are written and when they are read slowly', async () => {
      const piece = randomBytes(MIB);
      const held = (): number => {
        collectGarbage();
        return process.memoryUsage().arrayBuffers;
      };
      const before = held();
      let most = 0;
      let unseen = 0;
      // By bytes, not by pieces: a look costs a collection of all that the process has.
      const look = (more: number): void => {
        unseen += more;
        if (unseen < 4 * MIB) return;
        unseen = 0;
        most = Math.max(most, held() - before);
      };
      await store.put(
        `${scope}/a`,
        repeated(piece, 64, () => look(MIB)),
        options,
      );
      const { content } = await store.get(`${scope}/a`);
      let bytes = 0;
      let parts = 0;
      for await (const part of content) {
        bytes += (part as Buffer).length;
        if ((parts += 1) % 16 === 0) await pause(1); // what comes unasked would pile up meanwhile
        look((part as Buffer).length);
      }
      expect(bytes).toBe(64 * MIB);
      expect(most).toBeLessThan(48 * MIB);
      await eventually(() => Promise.resolve(content.destroyed), Boolean);
    });
  });
};
