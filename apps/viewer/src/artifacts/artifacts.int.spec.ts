import { randomBytes } from 'node:crypto';
import { createBlobStores, type BlobStore } from '#blob-store';
import { sha256 } from '#events';
import { Harness } from '../../testing/test-harness.js';

const MIB = 1024 * 1024;

describe('artifacts', () => {
  let harness: Harness;
  let store: BlobStore;
  let id: string;
  beforeAll(async () => {
    harness = await Harness.start();
    store = createBlobStores(harness.nc, undefined).artifacts;
    id = await harness.world.build();
    await harness.world.queue(id);
    await harness.world.start(id);
  });
  afterAll(() => harness.stop());

  /** Returns its address. */
  const keep = async (name: string, bytes: Uint8Array): Promise<string> => {
    await store.put(
      `k/${sha256(name)}`,
      (async function* () {
        yield bytes;
      })(),
      { maxBytes: 1e9 },
    );
    const data = { name, bytes: bytes.length, sha256: sha256(bytes), key: `k/${sha256(name)}` };
    await harness.upTo(await harness.world.job(id, 'ArtifactStored', data));
    const list = await harness.get<{ items: { id: string; name: string }[] }>(`/api/builds/${id}/jobs/test/artifacts`);
    const found = list.body.items.find((item) => item.name === name);
    return `${harness.viewer.url}/api/builds/${id}/jobs/test/artifacts/${found?.id}`;
  };
  const bytesOf = async (answer: Response): Promise<string> => sha256(Buffer.from(await answer.arrayBuffer()));
  const headersOf = (answer: Response, ...names: string[]) => names.map((name) => answer.headers.get(name));

  it('are downloaded whole, in parts, and never again where nothing changed', async () => {
    const bytes = randomBytes(3 * MIB + 5);
    const address = await keep('dist/app.bin', bytes);
    const whole = await fetch(address);
    const etag = `"${sha256(bytes)}"`;
    expect(whole.status).toBe(200);
    expect(await bytesOf(whole)).toBe(sha256(bytes));
    expect(headersOf(whole, 'accept-ranges', 'content-length', 'etag', 'content-range')).toEqual([
      ...['bytes', String(bytes.length), etag, null],
    ]);
    for (const [range, from, to] of [
      ['bytes=0-0', 0, 0],
      ['bytes=1048570-2097160', 1_048_570, 2_097_160],
      ['bytes=3000000-', 3_000_000, bytes.length - 1],
      ['bytes=-7', bytes.length - 7, bytes.length - 1],
    ] as const) {
      const part = await fetch(address, { headers: { range, 'if-range': etag } });
      expect(part.status).toBe(206);
      expect(headersOf(part, 'content-range', 'content-length')).toEqual([
        ...[`bytes ${from}-${to}/${bytes.length}`, String(to - from + 1)],
      ]);
      expect(await bytesOf(part)).toBe(sha256(bytes.subarray(from, to + 1)));
    }
    const other = await fetch(address, { headers: { range: 'bytes=0-0', 'if-range': '"another"' } });
    expect([other.status, await bytesOf(other)]).toEqual([200, sha256(bytes)]);
    const beyond = await fetch(address, { headers: { range: `bytes=${bytes.length}-` } });
    expect([beyond.status, ...headersOf(beyond, 'content-range', 'content-type')]).toEqual([
      ...[416, `bytes */${bytes.length}`, 'application/problem+json; charset=utf-8'],
    ]);
    const head = await fetch(address, { method: 'HEAD', headers: { range: 'bytes=0-0' } });
    expect([head.status, ...headersOf(head, 'content-length', 'etag', 'accept-ranges')]).toEqual([
      ...[200, String(bytes.length), etag, 'bytes'],
    ]);
  });

  it('are saved, never shown, whatever they are called', async () => {
    const page = Buffer.from('<script>alert(1)</script>');
    const address = await keep('a/<img src=x onerror=alert(1)>"\r\nx: y.html', page);
    for (const method of ['GET', 'HEAD']) {
      const answer = await fetch(address, { method, headers: { range: 'bytes=0-3' } });
      expect(headersOf(answer, 'content-type', 'x-content-type-options', 'content-security-policy', 'x')).toEqual([
        ...['application/octet-stream', 'nosniff', "sandbox; default-src 'none'", null],
      ]);
      expect(answer.headers.get('content-disposition')).toMatch(
        /^attachment; filename="[\w.+-]+"; filename\*=UTF-8''[\w%.~!-]+$/,
      );
    }
  });

  it('of no bytes have no parts, and those that are gone say so', async () => {
    const address = await keep('empty', Buffer.alloc(0));
    expect([await (await fetch(address)).text(), (await fetch(address)).status]).toEqual(['', 200]);
    expect((await fetch(address, { headers: { range: 'bytes=0-' } })).status).toBe(416);
    await store.delete(`k/${sha256('empty')}`);
    for (const method of ['GET', 'HEAD']) expect((await fetch(address, { method })).status).toBe(410);
  });
});
