import { LogGap, LogStoreUnavailable } from '#errors';
import { aLog, anAddress, bytesOf, chunksOf } from './chunks.builder.js';
import { INDEX_TEMPLATE } from './elasticsearch-documents.js';
import { ElasticsearchLogStore } from './elasticsearch-log-store.js';
import { searchQuery } from './elasticsearch-search.js';
import { answer, FakeElasticsearch, noConnection } from './elasticsearch.fake.js';
import { describeLogSearch } from './log-search.contract.js';
import { describeLogStore, expectedPieces, expectedState, piecesIn, rawOf } from './log-store.contract.js';
import { parseLogQuery } from './search/log-query.js';

const storeOn = (server: FakeElasticsearch): ElasticsearchLogStore =>
  new ElasticsearchLogStore({ url: 'http://127.0.0.1:9', backoffMs: [1, 1, 1], client: server.clientOptions });

const shared = new FakeElasticsearch();
describeLogStore('ElasticsearchLogStore on the mock', () => Promise.resolve(storeOn(shared)), 15);
describeLogSearch('ElasticsearchLogStore on the mock', () => Promise.resolve(storeOn(shared)));

const url = process.env['ELASTICSEARCH_URL'];
if (url) {
  describeLogStore('ElasticsearchLogStore', () => Promise.resolve(new ElasticsearchLogStore({ url })), 15);
  describeLogSearch('ElasticsearchLogStore', () => Promise.resolve(new ElasticsearchLogStore({ url })));
}

describe('ElasticsearchLogStore', () => {
  const address = anAddress();
  const chunks = aLog(12, 2);
  const full = { status: 429, error: { type: 'es_rejected_execution_exception', reason: 'queue is full' } };
  let server: FakeElasticsearch;
  let store: ElasticsearchLogStore;
  const bulks = (): number => server.requests.filter((request) => request === 'POST /_bulk').length;

  beforeEach(() => {
    server = new FakeElasticsearch();
    store = storeOn(server);
  });
  afterEach(() => store.close());

  it('names index and documents by the address alone', async () => {
    await store.append(address, chunks.slice(0, 2));
    expect(server.indexNames()).toEqual(['cairn-logs-00000']);
    expect(INDEX_TEMPLATE.index_patterns).toEqual(['cairn-logs-*']);
    expect(server.documents()[1]).toEqual({
      ...address,
      from: 3,
      last: 4,
      lines: 2,
      offset: 14,
      end: 28,
      bytes: 14,
      chain: chunks[1]?.chain,
      firstAt: 1_780_000_000_006,
      lastAt: 1_780_000_000_009,
      text: 'line 3\nline 4\n',
      table: 'GAAYBg==',
    });
  });

  it('keeps bytes that are no text beside what is searched', async () => {
    const binary = chunksOf([[{ t: 1, b: Buffer.from([0xff, 0x41]).toString('base64') }]]);
    await store.append(address, binary);
    expect(server.documents()[0]).toMatchObject({ text: '\ufffdA\n', data: '/0EK' });
  });

  it('knows a character that was cut in two pieces for text', async () => {
    const euro = Buffer.from('€');
    const cut = chunksOf([
      [
        { t: 1, b: euro.subarray(0, 1).toString('base64'), c: 1 },
        { t: 1, b: euro.subarray(1).toString('base64') },
      ],
    ]);
    await store.append(address, cut);
    expect(server.documents()[0]).toMatchObject({ text: '€\n' });
    expect(server.documents()[0]).not.toHaveProperty('data');
    expect(await piecesIn(store, address)).toEqual(expectedPieces(cut));
  });

  it('puts the template once, and again only after it failed', async () => {
    const puts = (): number => server.requests.filter((request) => request.startsWith('PUT')).length;
    server.interrupt = (path) => (path.startsWith('/_index_template') ? answer(403, 'security_exception') : undefined);
    await expect(store.setup()).rejects.toThrow(/index template cannot be put.*security_exception/);
    await expect(store.append(address, chunks)).rejects.toThrow(LogStoreUnavailable);
    expect(server.documents()).toEqual([]);
    server.interrupt = () => undefined;
    const failed = puts();
    await Promise.all([store.setup(), store.append(address, chunks)]);
    await store.setup();
    expect(puts() - failed).toBe(1);
  });

  it('sends again just what the server had no room for', async () => {
    let refusals = 3;
    server.refuse = ({ offset }) => (offset !== 0 && refusals-- > 0 ? full : undefined);
    expect(await store.append(address, chunks)).toEqual(expectedState(chunks));
    expect(bulks()).toBe(2);
    expect(await rawOf(store, address)).toEqual(bytesOf(chunks));
  });

  it('tries again when the whole request fails, and does not mind that it had been carried out', async () => {
    let failures = 2;
    server.interrupt = (path) => (path === '/_bulk' && failures-- > 0 ? noConnection() : undefined);
    await store.append(address, chunks);
    expect(bulks()).toBe(3);
    expect(server.documents()).toHaveLength(chunks.length);
  });

  it('never shows a hole: what a bulk request left behind one counts once the hole is filled', async () => {
    const hole = chunks[3]?.offset;
    server.refuse = ({ offset }) => (offset === hole ? full : undefined);
    const result = store.append(address, chunks);
    await expect(result).rejects.toThrow(LogStoreUnavailable);
    await expect(result).rejects.toThrow(/1 of 6 chunks were not taken: es_rejected.*queue is full/);
    expect(bulks()).toBe(4);
    const before = chunks.slice(0, 3);
    for (const reader of [store, storeOn(server)]) {
      expect(await reader.state(address)).toEqual(expectedState(before));
      expect(await rawOf(reader, address)).toEqual(bytesOf(before));
      expect(await piecesIn(reader, address, { from: 5, to: 12 })).toEqual(expectedPieces(before, { from: 5, to: 12 }));
    }
    server.refuse = () => undefined;
    expect(await store.append(address, chunks.slice(3))).toEqual(expectedState(chunks));
    expect(await rawOf(store, address)).toEqual(bytesOf(chunks));
  });

  it('does not try again what the server will never take', async () => {
    server.refuse = () => ({ status: 400, error: { type: 'document_parsing_exception', reason: 'no' } });
    await expect(store.append(address, chunks)).rejects.toThrow(/was refused: document_parsing_exception: no/);
    expect(bulks()).toBe(1);
  });

  it('refuses a chunk where another writer put a different one, which it did not know of', async () => {
    await store.append(address, chunks.slice(0, 1));
    const others = chunksOf([[{ t: 1, x: 'something else' }]], chunks.slice(0, 1));
    await storeOn(server).append(address, others);
    await expect(store.append(address, chunks)).rejects.toThrow(LogGap);
    await expect(store.append(address, chunks)).rejects.toThrow(/29 bytes are held, the next chunk begins at 14/);
    expect(await rawOf(store, address)).toEqual(bytesOf([...chunks.slice(0, 1), ...others]));
  });

  it.each(['_search', '_refresh', '_mget'])('says that it is not available when %s fails', async (request) => {
    await store.append(address, chunks);
    server.interrupt = (path) => (path.endsWith(request) ? answer(503, 'unavailable_shards_exception') : undefined);
    if (request === '_mget') return expect(store.append(address, chunks)).rejects.toThrow(LogStoreUnavailable);
    await expect(store.state(address)).rejects.toThrow(/unavailable_shards_exception/);
    await expect(store.state(address)).rejects.toThrow(LogStoreUnavailable);
    await expect(rawOf(store, address)).rejects.toThrow(LogStoreUnavailable);
    return expect(piecesIn(store, address)).rejects.toThrow(LogStoreUnavailable);
  });

  it('says which document is damaged', async () => {
    await store.append(address, chunks);
    Object.assign(server.documents()[2] ?? {}, { text: 'less' });
    await expect(rawOf(store, address)).rejects.toThrow(/document \S+\/1\/1\/28 holds 4 bytes instead of 14/);
  });

  it('searches with words as the template makes them, and says when it cannot', async () => {
    await store.append(address, chunksOf([[{ t: 1, x: 'needle' }]]));
    const search = { query: parseLogQuery('needle "a b" pre*'), builds: [address.buildId], limit: 5 };
    expect(searchQuery(search.query, search.builds)).toEqual({
      bool: {
        filter: [
          { match_phrase: { text: 'needle' } },
          { match_phrase: { text: 'a b' } },
          { prefix: { text: 'pre' } },
          { terms: { buildId: [address.buildId] } },
        ],
      },
    });
    server.interrupt = (path) => (path.endsWith('_search') ? answer(503, 'no_shard_available') : undefined);
    await expect(store.search(search)).rejects.toThrow(LogStoreUnavailable);
  });

  it('does not tell the password of a server that cannot be reached', async () => {
    const far = new ElasticsearchLogStore({
      url: 'http://elastic:s3cret-word@127.0.0.1:9',
      client: { maxRetries: 0 } as never,
    });
    const error = await far.state(address).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(LogStoreUnavailable);
    expect(String(error)).toMatch(/ECONNREFUSED/);
    expect(JSON.stringify([error, (error as Error).cause, String(error)])).not.toContain('s3cret');
    await far.close();
  });
});
