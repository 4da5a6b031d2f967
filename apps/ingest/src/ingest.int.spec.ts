import { createHmac, randomUUID } from 'node:crypto';
import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { loadConfig } from '#config';
import { InvalidSettings, PortInUse } from '#errors';
import { BLOB_HEADER, PayloadStore, connectToNats, DEFAULT_STREAM_SETTINGS, setUpJetStream } from '#jetstream';
import { eventually, startNats, type TestNats } from '#testing';
import { IngestConfig } from './ingest.config.js';
import { startIngest } from './start-ingest.js';

type Answer = Readonly<{ status: number; headers: IncomingHttpHeaders; body: Record<string, unknown>; text: string }>;
type Send = Readonly<{
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: Buffer;
  chunked?: true;
}>;

const SECRET = 'the secret of these tests';
const MB = 1024 * 1024;
const PUSH = Buffer.from(JSON.stringify({ ref: 'refs/heads/main', after: 'grüße' }));

const sign = (body: Buffer, secret = SECRET): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

const signed = (body: Buffer, event = 'push', delivery: string = randomUUID()): Record<string, string> => ({
  'content-type': 'application/json',
  'x-github-event': event,
  'x-github-delivery': delivery,
  'x-hub-signature-256': sign(body),
});

const without = (name: string): Record<string, string> => {
  const { [name]: _, ...rest } = signed(PUSH);
  return rest;
};

describe('ingest', () => {
  let nats: TestNats;
  let nc: NatsConnection;
  let jsm: JetStreamManager;
  let ingest: Awaited<ReturnType<typeof startIngest>>;

  const environment = (port = 0): Record<string, string> => ({
    CAIRN_NATS_URL: nats.url,
    CAIRN_WEBHOOK_PORT: String(port),
    CAIRN_WEBHOOK_SECRET: SECRET,
    CAIRN_LOG_LEVEL: 'error',
  });

  const send = ({ method = 'POST', path = '/webhooks/github', headers = {}, body, chunked }: Send): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const length = body && !chunked ? { 'content-length': String(body.length) } : {};
      const call = request(`${ingest.url}${path}`, { method, headers: { ...headers, ...length } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const { statusCode: status = 0, headers: received } = response;
          resolve({ status, headers: received, text, body: JSON.parse(text) as Record<string, unknown> });
        });
      });
      call.on('error', reject);
      for (let at = 0; body && at < body.length; at += MB) call.write(body.subarray(at, at + MB));
      call.end();
    });

  const push = (body: Buffer, event?: string, delivery?: string): Promise<Answer> =>
    send({ headers: signed(body, event, delivery), body });

  const stored = async (): Promise<number> => (await jsm.streams.info('WEBHOOKS')).state.messages;

  const storedBody = async (sequence: number): Promise<Buffer> => {
    const message = await jsm.streams.getMessage('WEBHOOKS', { seq: sequence });
    const blob = message?.header.get(BLOB_HEADER);
    return Buffer.from(blob ? await new PayloadStore(nc).get(blob) : (message?.data ?? []));
  };

  beforeAll(async () => {
    nats = await startNats();
    nc = await connectToNats({ url: nats.url, name: 'test' });
    await setUpJetStream(nc, DEFAULT_STREAM_SETTINGS, []);
    jsm = await jetstreamManager(nc);
    ingest = await startIngest(loadConfig(IngestConfig, environment()));
  });

  afterAll(async () => {
    await ingest.stop();
    await nc.close();
    await nats.stop();
  });

  it('answers 202 for what is stored, with where it came from', async () => {
    const delivery = randomUUID();
    const { status, body } = await push(PUSH, 'push', delivery.toUpperCase());
    expect([status, body]).toEqual([202, { delivery }]);
    const message = await jsm.streams.getMessage('WEBHOOKS', { last_by_subj: 'webhooks.github.push' });
    expect(Buffer.from(message?.data ?? [])).toEqual(PUSH);
    expect(message?.header.get('Cairn-Delivery')).toBe(delivery);
    expect(message?.header.get('Cairn-Event')).toBe('push');
    expect(Date.parse(message?.header.get('Cairn-Received-At') ?? '')).not.toBeNaN();
    expect(message?.header.get('Nats-Msg-Id')).toBe(delivery);
  });

  it('stores a delivery that comes twice once', async () => {
    const delivery = randomUUID();
    const before = await stored();
    const answers = await Promise.all([push(PUSH, 'push', delivery), push(PUSH, 'push', delivery)]);
    expect([...answers, await push(PUSH, 'push', delivery)].map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(await stored()).toBe(before + 1);
  });

  it('keeps an event that nobody has heard of', async () => {
    expect((await push(PUSH, 'never_heard_of')).status).toBe(202);
    const message = await jsm.streams.getMessage('WEBHOOKS', { last_by_subj: 'webhooks.github.never_heard_of' });
    expect(Buffer.from(message?.data ?? [])).toEqual(PUSH);
  });

  const truncated = PUSH.subarray(0, -5);
  const latin = Buffer.from('{"after":"gr\u00fc\u00dfe"}', 'latin1');
  const deep = Buffer.alloc(4 * MB, '[');
  const big = Buffer.alloc(30 * MB, 0x20);
  const form = { ...signed(PUSH), 'content-type': 'application/x-www-form-urlencoded' };
  const refusals: readonly (readonly [string, number, RegExp, () => Send])[] = [
    ['a wrong signature', 401, /signature/, () => ({ headers: signed(truncated), body: PUSH })],
    [
      'a wrong secret',
      401,
      /secret/,
      () => ({ headers: { ...signed(PUSH), 'x-hub-signature-256': sign(PUSH, 'x') }, body: PUSH }),
    ],
    ['no signature', 401, /X-Hub-Signature-256/, () => ({ headers: without('x-hub-signature-256'), body: PUSH })],
    [
      'an old signature',
      401,
      /X-Hub-Signature-256/,
      () => ({ headers: { ...signed(PUSH), 'x-hub-signature-256': 'sha1=00' }, body: PUSH }),
    ],
    ['no event', 400, /X-GitHub-Event/, () => ({ headers: without('x-github-event'), body: PUSH })],
    ['no delivery', 400, /X-GitHub-Delivery/, () => ({ headers: without('x-github-delivery'), body: PUSH })],
    ...['push.>', '*', 'Push', 'a'.repeat(41), 'push push', 'constructor.name', '../push'].map(
      (event) =>
        [`the event ${event}`, 400, /X-GitHub-Event/, () => ({ headers: signed(PUSH, event), body: PUSH })] as const,
    ),
    ...['1', 'x'.repeat(36), `${randomUUID()}0`, '*'].map(
      (guid) =>
        [
          `the delivery ${guid}`,
          400,
          /X-GitHub-Delivery/,
          () => ({ headers: signed(PUSH, 'push', guid), body: PUSH }),
        ] as const,
    ),
    ['truncated JSON, signed', 400, /not JSON/, () => ({ headers: signed(truncated), body: truncated })],
    ['truncated JSON, unsigned', 401, /signature/, () => ({ headers: signed(PUSH), body: truncated })],
    ['bytes that are no UTF-8, signed', 400, /UTF-8/, () => ({ headers: signed(latin), body: latin })],
    ['JSON nested without end, signed', 400, /not JSON/, () => ({ headers: signed(deep), body: deep })],
    ['no body, signed', 400, /not JSON/, () => ({ headers: signed(Buffer.alloc(0)) })],
    ...['null', '5', '[]', '"text"'].map((text): readonly [string, number, RegExp, () => Send] => {
      const body = Buffer.from(text);
      return [`the JSON ${text}, signed`, 400, /not an object/, () => ({ headers: signed(body), body })];
    }),
    ['a form', 415, /choose application\/json/, () => ({ headers: form, body: PUSH })],
    ['no content type', 415, /choose application\/json/, () => ({ headers: without('content-type'), body: PUSH })],
    ['30 MB', 413, /25 MB/, () => ({ headers: signed(big), body: big })],
    ['30 MB without a length', 413, /25 MB/, () => ({ headers: signed(big), body: big, chunked: true })],
    ['another method', 404, /only POST/, () => ({ method: 'GET' })],
    ['another path', 404, /only POST/, () => ({ path: '/webhooks/github/', headers: signed(PUSH), body: PUSH })],
    [
      'another path below',
      404,
      /only POST/,
      () => ({ path: '/webhooks/../healthz', headers: signed(PUSH), body: PUSH }),
    ],
    ['a path that cannot be decoded', 404, /only POST/, () => ({ path: '/%ff', method: 'GET' })],
  ];

  it.each(refusals)('refuses %s', async (_, status, detail, build) => {
    const before = await stored();
    const answer = await send(build());
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ type: 'about:blank', status, detail: expect.stringMatching(detail) as string });
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain(SECRET);
    expect(await stored()).toBe(before);
    expect((await push(PUSH)).status).toBe(202);
  });

  it('takes the largest body that is allowed, and keeps it as it came', async () => {
    const body = Buffer.from(`{"a":"${'é'.repeat(12 * MB)}"}`);
    expect((await push(body)).status).toBe(202);
    const { state } = await jsm.streams.info('WEBHOOKS');
    expect((await storedBody(state.last_seq)).equals(body)).toBe(true);
  });

  it('takes every recorded payload, byte for byte', async () => {
    const load = createRequire(import.meta.url);
    const recorded = load('@octokit/webhooks-examples') as { name: string; examples: unknown[] }[];
    const payloads = recorded.flatMap(({ name, examples }) =>
      examples.map((example) => ({ name, body: Buffer.from(JSON.stringify(example, null, 2)) })),
    );
    expect(payloads.length).toBe(329);
    for (const { name, body } of payloads) {
      expect([name, (await push(body, name)).status]).toEqual([name, 202]);
      const { state } = await jsm.streams.info('WEBHOOKS');
      expect((await storedBody(state.last_seq)).equals(body)).toBe(true);
    }
  });

  it('answers 503 while nothing can be stored, and goes on by itself', async () => {
    const delivery = randomUUID();
    expect((await send({ method: 'GET', path: '/healthz' })).status).toBe(200);
    await nats.kill();
    await eventually(
      () => send({ method: 'GET', path: '/healthz' }),
      ({ status }) => status === 503,
    );
    const refused = await push(PUSH, 'push', delivery);
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    await nats.restart();
    await eventually(
      () => push(PUSH, 'push', delivery),
      ({ status }) => status === 202,
    );
    await eventually(
      () => send({ method: 'GET', path: '/healthz' }),
      ({ status }) => status === 200,
    );
  }, 60_000);

  it('waits out a restart of nats-server that is shorter than the sender waits', async () => {
    await nats.kill();
    await eventually(
      () => send({ method: 'GET', path: '/healthz' }),
      ({ status }) => status === 503,
    );
    const answer = push(PUSH);
    await nats.restart();
    expect((await answer).status).toBe(202);
  }, 60_000);

  it('answers 503 when nats-server hangs, and when the stream is full', async () => {
    nats.pause();
    const hung = await push(PUSH);
    nats.resume();
    expect(hung.status).toBe(503);
    const { config, state } = await jsm.streams.info('WEBHOOKS');
    await jsm.streams.update('WEBHOOKS', { ...config, max_bytes: state.bytes });
    expect((await push(PUSH)).status).toBe(503);
    await jsm.streams.update('WEBHOOKS', config);
    expect((await push(PUSH)).status).toBe(202);
  }, 60_000);

  describe('with a ceiling over all bodies', () => {
    const declared = 25 * MB;
    let narrow: Awaited<ReturnType<typeof startIngest>>;
    const held: Socket[] = [];

    beforeAll(async () => {
      const settings = { ...environment(), CAIRN_WEBHOOK_MEMORY_BYTES: String(declared) };
      narrow = await startIngest(loadConfig(IngestConfig, settings));
    });
    afterAll(() => narrow.stop());
    afterEach(() => held.splice(0).forEach((socket) => socket.destroy()));

    /** Begins to send a body of `length` bytes. Answers what the service has said when it closes the connection. */
    const begin = (length: number | 'chunked', bytes: Buffer): Promise<string> => {
      const { hostname, port } = new URL(narrow.url);
      const socket = connect(Number(port), hostname);
      held.push(socket);
      const lines = Object.entries({
        host: 'x',
        ...signed(PUSH),
        ...(length === 'chunked' ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(length) }),
      });
      socket.write(`POST /webhooks/github HTTP/1.1\r\n${lines.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`);
      if (length === 'chunked') socket.write(`${bytes.length.toString(16)}\r\n`);
      socket.write(bytes);
      return new Promise((resolve) => {
        const said: Buffer[] = [];
        socket.on('data', (data: Buffer) => said.push(data));
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(Buffer.concat(said).toString('utf8')));
      });
    };
    const pushHere = async (body: Buffer): Promise<number> =>
      (await fetch(`${narrow.url}/webhooks/github`, { method: 'POST', headers: signed(body), body })).status;

    it('takes others while bodies are only announced', async () => {
      for (let n = 0; n < 20; n += 1) void begin(declared, Buffer.alloc(1));
      expect(await pushHere(PUSH)).toBe(202);
    });

    it.each([declared, 'chunked'] as const)(
      'reads no further when it is reached (%s), and takes all after',
      async (length) => {
        const said = await Promise.race([begin(declared, Buffer.alloc(24 * MB)), begin(length, Buffer.alloc(MB + 1))]);
        expect(said).toMatch(/^HTTP\/1\.1 503 /);
        expect(said).toMatch(/^retry-after: 5\r$/im);
        expect(said).toMatch(/CAIRN_TOO_MUCH_AT_ONCE/);
        held.splice(0).forEach((socket) => socket.destroy());
        const whole = Buffer.from(JSON.stringify({ text: 'x'.repeat(24 * MB) }));
        await eventually(
          () => pushHere(whole),
          (status) => status === 202,
        );
      },
    );
  });

  it('says which port is in use, and by which setting it is changed', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const start = startIngest(loadConfig(IngestConfig, environment(port)));
    await expect(start).rejects.toThrow(PortInUse);
    await expect(start).rejects.toThrow(new RegExp(`127.0.0.1:${port} is in use.*CAIRN_WEBHOOK_PORT`));
    await new Promise((resolve) => other.close(resolve));
  });

  it('refuses to start without a secret, and never repeats one', () => {
    const start = (secret: string): unknown =>
      loadConfig(IngestConfig, { ...environment(), CAIRN_WEBHOOK_SECRET: secret });
    expect(() => start('')).toThrow(InvalidSettings);
    expect(() => start('short')).toThrow(/CAIRN_WEBHOOK_SECRET: must be set to at least 16 characters$/);
  });
});
