import { jetstreamManager } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';
import { BUCKETS } from '#events';
import { BlobGone, BlobStoreFull, BlobStoreUnavailable } from '#errors';
import { connectToNats, DEFAULT_STREAM_SETTINGS, setUpJetStream } from '#jetstream';
import { startNats, type TestNats } from '#testing';
import { bytesOf, describeBlobStore } from './blob-store.contract.js';
import { JetStreamBlobStore } from './jetstream-blob-store.js';

let nats: TestNats;
let nc: NatsConnection;
beforeAll(async () => {
  nats = await startNats();
  nc = await connectToNats({ url: nats.url, name: 'test' });
  await setUpJetStream(nc, DEFAULT_STREAM_SETTINGS, []);
});
afterAll(async () => {
  await nc.close();
  await nats.stop();
});

describeBlobStore('JetStream', () => new JetStreamBlobStore(nc, BUCKETS.artifacts));

describe('JetStreamBlobStore', () => {
  async function* content(bytes: number): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0; left -= 100_000) yield Buffer.alloc(Math.min(left, 100_000), 'x');
  }

  it('says that the bucket is full, and goes on when there is room', async () => {
    await new Objm(nc).create('SMALL', { max_bytes: 1_000_000 });
    const store = new JetStreamBlobStore(nc, 'SMALL');
    await expect(store.put('a', content(2_000_000), { maxBytes: 1e9 })).rejects.toThrow(BlobStoreFull);
    expect(await store.put('b', content(500_000), { maxBytes: 1e9 })).toMatchObject({ size: 500_000 });
  });

  it('does not give what is no longer whole, or was changed, for what was written', async () => {
    const store = new JetStreamBlobStore(nc, BUCKETS.caches);
    const jsm = await jetstreamManager(nc);
    await store.put('gone', content(500_000), { maxBytes: 1e9 });
    await jsm.streams.purge(`OBJ_${BUCKETS.caches}`, { filter: `$O.${BUCKETS.caches}.C.*` });
    await expect(bytesOf((await store.get('gone')).content)).rejects.toThrow(BlobGone);

    await store.put('changed', content(100), { maxBytes: 1e9 });
    const { nuid } = (await (await new Objm(nc).open(BUCKETS.caches)).info('changed')) ?? { nuid: '' };
    await jsm.streams.purge(`OBJ_${BUCKETS.caches}`, { filter: `$O.${BUCKETS.caches}.C.${nuid}` });
    nc.publish(`$O.${BUCKETS.caches}.C.${nuid}`, Buffer.alloc(100, 'y'));
    await nc.flush();
    await expect(bytesOf((await store.get('changed')).content)).rejects.toThrow(/damaged/);
  });

  it('reads nothing of what lies before a range', async () => {
    const store = new JetStreamBlobStore(nc, BUCKETS.artifacts);
    await store.put('long', content(20_000_000), { maxBytes: 1e9 });
    await store.head('long');
    const before = nc.stats().inBytes;
    const range = { from: 19_000_000, to: 19_000_009 };
    expect((await bytesOf((await store.get('long', range)).content)).toString()).toBe('x'.repeat(10));
    expect(nc.stats().inBytes - before).toBeLessThan(300_000); // a chunk has 262,144
    const jsm = await jetstreamManager(nc);
    expect((await jsm.streams.info(`OBJ_${BUCKETS.artifacts}`)).state.consumer_count).toBe(0);
  });

  it('leaves no trace of what it deletes', async () => {
    const store = new JetStreamBlobStore(nc, BUCKETS.caches);
    const jsm = await jetstreamManager(nc);
    await jsm.streams.purge(`OBJ_${BUCKETS.caches}`);
    await store.put('a', content(500_000), { maxBytes: 1e9 });
    await store.delete('a');
    expect((await jsm.streams.info(`OBJ_${BUCKETS.caches}`)).state.messages).toBe(0);
  });

  it('says that a bucket which is not there is not available', async () => {
    const store = new JetStreamBlobStore(nc, 'NOWHERE');
    await expect(store.head('a')).rejects.toThrow(BlobStoreUnavailable);
    await expect(store.put('a', content(10), { maxBytes: 100 })).rejects.toThrow(BlobStoreUnavailable);
  });

  it('is widened by another set-up, never narrowed', async () => {
    const { artifacts, caches } = DEFAULT_STREAM_SETTINGS.buckets;
    const config = async () => (await (await jetstreamManager(nc)).streams.info('OBJ_ARTIFACTS')).config;
    const buckets = { artifacts: { maxBytes: artifacts.maxBytes + 1, days: 0 }, caches };
    await setUpJetStream(nc, { ...DEFAULT_STREAM_SETTINGS, buckets }, []);
    expect(await config()).toMatchObject({ max_bytes: artifacts.maxBytes + 1, max_age: 0 });
    await setUpJetStream(nc, DEFAULT_STREAM_SETTINGS, []);
    expect(await config()).toMatchObject({ max_bytes: artifacts.maxBytes + 1, max_age: 0 });
  });
});
