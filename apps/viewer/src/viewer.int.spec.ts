import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { loadConfig } from '#config';
import {
  buildId,
  bytesOfChunk,
  CHAIN_START,
  chainOf,
  fact,
  newlinesOf,
  subjects,
  sha256,
  SYSTEM,
  type DomainEvent,
  type LogChunk,
  type LogPiece,
  type RepoSnapshot,
  type Trigger,
} from '#events';
import {
  connectToNats,
  DEFAULT_STREAM_SETTINGS,
  JetStreamEventStore,
  MessagePublisher,
  setUpJetStream,
} from '#jetstream';
import { EmbeddedLogStore } from '#log-store';
import { eventually, startNats, type TestNats } from '#testing';
import { startViewer } from './start-viewer.js';
import { ViewerConfig } from './viewer.config.js';

const TOKEN = 'a token of at least sixteen';
const SHA = 'a'.repeat(40);
const TRIGGER: Trigger = {
  event: 'push',
  ref: 'refs/heads/main',
  sha: SHA,
  branch: 'main',
  isDefaultBranch: true,
  title: 'a change',
  author: 'ann',
};

type Viewer = Awaited<ReturnType<typeof startViewer>>;
type Sse = Readonly<{ event: string; id: string; data: Record<string, unknown> }>;
type Line = Readonly<{ n: number; x: string; c?: 1 }>;

/** What the services would write: one build with one job of two steps. */
class World {
  private readonly revisions = new Map<string, number>();
  private readonly chains = new Map<string, LogChunk>();
  private ticks = 0;

  constructor(
    readonly nc: NatsConnection,
    private readonly publisher: MessagePublisher,
    private readonly store: JetStreamEventStore,
    readonly logs: EmbeddedLogStore,
  ) {}

  async say(subject: string, type: string, data: unknown, at = this.time()): Promise<number> {
    const event = fact(type, 1, { subject, at, cause: randomUUID(), actor: SYSTEM }, data) as DomainEvent;
    const revision = await this.store.append(subject, [event], this.revisions.get(subject) ?? 0);
    this.revisions.set(subject, revision);
    return revision;
  }

  /** Returns the id of a planned build whose job `test` is queued. */
  async build(more: { repo?: string; repoId?: string; trigger?: Partial<Trigger> } = {}): Promise<string> {
    const id = buildId(await this.store.lastSequence(), randomUUID());
    const { repo = 'ann/app', repoId = 'gh-1', trigger = {} } = more;
    const origin = { kind: 'delivery', id: randomUUID() };
    await this.plan(id, 'BuildRequested', {
      ...{ buildId: id, repoId, repo, number: 7, trigger: { ...TRIGGER, ...trigger }, origin },
    });
    const template = {
      name: 'test',
      environment: {},
      steps: [
        { name: 'Install', run: 'a', environment: {} },
        { name: 'Unit tests', run: 'b', environment: {} },
      ],
    };
    const job = {
      id: 'test',
      name: 'test',
      cell: {},
      needs: [],
      pool: 'default',
      infrastructureRetries: 2,
      timeoutMs: 1,
    };
    await this.plan(id, 'BuildPlanned', { plan: { templates: [template], jobs: [job] }, diagnostics: [] });
    return id;
  }

  plan = (id: string, type: string, data: unknown): Promise<number> => this.say(subjects.plan(id), type, data);
  job = (id: string, type: string, data: object, attempt = 1): Promise<number> =>
    this.say(subjects.job(id, 'test'), type, { attempt, ...data });
  queue = (id: string, attempt = 1): Promise<number> =>
    this.plan(id, 'JobsQueued', { jobs: [{ jobId: 'test', attempt, pool: 'default' }] });
  start = (id: string, attempt = 1): Promise<number> =>
    this.job(id, 'JobStarted', { runner: 'r1', epoch: 'e', executor: 'host', slot: 's', ticket: 1 }, attempt);
  startStep = (id: string, step: number, attempt = 1): Promise<number> =>
    this.job(id, 'StepStarted', { step, name: ['Prepare', 'Install', 'Unit tests'][step] }, attempt);

  async endStep(id: string, step: number, attempt = 1): Promise<void> {
    const last = this.chains.get(subjects.logs(id, 'test', attempt, step));
    const bytes = last ? last.offset + last.bytes : 0;
    const lines = last ? last.from - 1 + newlinesOf(last.lines) : 0;
    const chain = last?.chain ?? CHAIN_START;
    await this.job(id, 'StepFinished', { step, outcome: 'passed', exitCode: 0, lines, bytes, chain }, attempt);
  }

  async finish(id: string, outcome = 'passed'): Promise<void> {
    await this.job(id, 'JobFinished', { outcome });
    await this.plan(id, 'JobsSettled', { jobs: [{ jobId: 'test', attempt: 1, outcome, again: false }] });
    await this.plan(id, 'BuildFinished', { status: outcome });
  }

  /** Publishes a chunk that continues the step's log. */
  async print(id: string, step: number, pieces: readonly (string | LogPiece)[], attempt = 1): Promise<LogChunk> {
    const subject = subjects.logs(id, 'test', attempt, step);
    const before = this.chains.get(subject);
    const lines = pieces.map((piece): LogPiece => (typeof piece === 'string' ? { t: 1_000, x: piece } : piece));
    const offset = before ? before.offset + before.bytes : 0;
    const from = before ? before.from + newlinesOf(before.lines) : 1;
    const bytes = bytesOfChunk({ from, offset, bytes: 0, chain: '', lines });
    const chunk = { from, offset, bytes: bytes.length, chain: chainOf(before?.chain ?? CHAIN_START, bytes), lines };
    await this.publisher.publish(subject, JSON.stringify(chunk));
    this.chains.set(subject, chunk);
    return chunk;
  }

  async ship(id: string, step: number, chunks: readonly LogChunk[], purge: boolean, attempt = 1): Promise<void> {
    const stored = await this.logs.append({ buildId: id, jobId: 'test', attempt, step }, chunks);
    if (!purge) return;
    const jsm = await jetstreamManager(this.nc);
    await jsm.streams.purge('LOGS', { filter: subjects.logs(id, 'test', attempt, step) });
    await this.say(subjects.log(id, 'test'), 'LogStored', { ...stored, attempt, step, complete: true });
  }

  private time(): string {
    this.ticks += 1;
    return new Date(Date.UTC(2026, 0, 1) + this.ticks * 1_000).toISOString();
  }
}

/** A client of server-sent events that reads until told to stop. */
class SseClient {
  readonly seen: Sse[] = [];
  closed = false;
  private readonly abort = new AbortController();
  readonly done: Promise<void>;

  constructor(
    readonly url: string,
    headers: Record<string, string> = {},
  ) {
    this.done = this.read(headers).catch(() => undefined);
  }

  get lines(): string[] {
    return this.seen
      .filter(({ event }) => event === 'lines')
      .flatMap(({ data }) => (data['lines'] as Line[]).map(({ n, x }) => `${String(data['step'])}:${n} ${x}`));
  }

  has(event: string): boolean {
    return this.seen.some((one) => one.event === event);
  }

  async close(): Promise<void> {
    this.abort.abort();
    await this.done;
  }

  private async read(headers: Record<string, string>): Promise<void> {
    try {
      const response = await fetch(this.url, { headers, signal: this.abort.signal });
      const decoder = new TextDecoder();
      let text = '';
      for await (const part of response.body ?? []) {
        text += decoder.decode(part as Uint8Array, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) this.take(block);
      }
    } finally {
      this.closed = true;
    }
  }

  private take(block: string): void {
    const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
    if (block.startsWith(':')) return;
    this.seen.push({ event: field('event'), id: field('id'), data: JSON.parse(field('data')) as Sse['data'] });
  }
}

describe('viewer', () => {
  let nats: TestNats;
  let nc: NatsConnection;
  let world: World;
  let directory: string;
  let viewer: Viewer;
  const clients: SseClient[] = [];

  const start = (more: Record<string, string> = {}): Promise<Viewer> =>
    startViewer(
      loadConfig(ViewerConfig, {
        CAIRN_NATS_URL: nats.url,
        CAIRN_HTTP_PORT: '0',
        CAIRN_ADMIN_TOKEN: TOKEN,
        CAIRN_DATA_DIR: directory,
        CAIRN_LOG_LEVEL: 'error',
        ...more,
      }),
    );

  const get = async <T = Record<string, unknown>>(path: string, headers: Record<string, string> = {}, at = viewer) => {
    const response = await fetch(at.url + path, { headers, redirect: 'manual' });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, text, body: (isJson ? JSON.parse(text) : {}) as T };
  };

  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const init = {
      method,
      headers: { ...json, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const response = await fetch(viewer.url + path, init);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text ? JSON.parse(text) : {}) as Record<string, unknown>,
    };
  };

  const listen = (path: string, headers: Record<string, string> = {}): SseClient => {
    const client = new SseClient(viewer.url + path, headers);
    clients.push(client);
    return client;
  };

  const logStream = (id: string, lastId?: string): SseClient =>
    listen(`/api/builds/${id}/jobs/test/log/stream`, lastId === undefined ? {} : { 'last-event-id': lastId });

  const upTo = (sequence: number): Promise<unknown> =>
    eventually(
      () => get<{ sequence: number }>('/healthz'),
      ({ body }) => body.sequence >= sequence,
    );

  beforeAll(async () => {
    nats = await startNats();
    nc = await connectToNats({ url: nats.url, name: 'test' });
    await setUpJetStream(nc, DEFAULT_STREAM_SETTINGS, []);
    directory = await mkdtemp(join(tmpdir(), 'cairn-viewer-'));
    const publisher = new MessagePublisher(nc);
    world = new World(
      nc,
      publisher,
      new JetStreamEventStore(nc, publisher),
      new EmbeddedLogStore(join(directory, 'logs')),
    );
    viewer = await start();
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });

  afterAll(async () => {
    await viewer.stop();
    await world.logs.close();
    await nc.close();
    await nats.stop();
    await rm(directory, { recursive: true, force: true });
  });

  describe('lists', () => {
    it('shows a build from its request to its end', async () => {
      const id = await world.build();
      await world.queue(id);
      await world.start(id);
      await world.startStep(id, 0);
      await world.endStep(id, 0);
      await world.finish(id);
      const { body } = await eventually(
        () => get(`/api/builds/${id}`),
        (answer) => answer.body['status'] === 'passed',
      );
      expect(body).toMatchObject({ id, number: 7, repo: 'ann/app', sha: SHA, branch: 'main', cancelReason: null });
      expect(body['jobs']).toMatchObject([
        {
          ...{ id: 'test', status: 'passed', attempt: 1, runner: 'r1' },
          steps: [
            { index: 0, name: 'Prepare', status: 'passed', lines: 0 },
            { index: 1, name: 'Install', status: 'skipped' },
            { index: 2, name: 'Unit tests', status: 'skipped' },
          ],
        },
      ]);
      expect((await get('/api/builds/00000000a0123456789ab')).status).toBe(404);
      expect((await get('/api/builds/../../etc')).status).toBe(404);
    });

    it('pages newest first, and stays put when builds are added', async () => {
      const of = { repo: 'ann/paged', repoId: 'gh-2' };
      const ids: string[] = [];
      for (let at = 0; at < 5; at += 1) ids.unshift(await world.build(of));
      type Page = { items: { id: string }[]; next: string | null };
      const page = (cursor = ''): Promise<{ body: Page; status: number }> =>
        get<Page>(`/api/builds?repo=ann/paged&limit=2&cursor=${cursor}`);
      await eventually(
        () => get<Page>('/api/builds?repo=gh-2'),
        ({ body }) => body.items.length === 5,
      );
      const first = (await page()).body;
      await upTo(await world.plan(await world.build(of), 'BuildCancelled', { reason: 'user', by: 'ann' }));
      const second = (await page(first.next ?? '')).body;
      const third = (await page(second.next ?? '')).body;
      expect([...first.items, ...second.items, ...third.items].map((item) => item.id)).toEqual(ids);
      expect(third.next).toBeNull();
      expect((await page('nonsense')).status).toBe(400);
      expect((await get('/api/builds?status=happy')).status).toBe(400);
      expect((await get('/api/builds?limit=1000000')).status).toBe(400);
      expect((await get<Page>('/api/builds?branch=constructor')).body.items).toEqual([]);
    });

    it('shows deliveries, repositories, requests and the queue', async () => {
      const guid = randomUUID();
      const repo: RepoSnapshot = {
        ...{ repoId: 'gh-3', repo: 'Ann/Three', enabled: true, defaultBranch: 'main', counter: 4, open: [], seen: [] },
      };
      await world.say(subjects.repo('gh-3'), 'RepoEnabled', { repo });
      await world.say(subjects.delivery(guid), 'DeliveryIgnored', {
        ...{ event: 'star', sequence: 1, reason: 'event-not-handled', detail: 'stars are not built' },
      });
      await world.say(subjects.request(guid), 'RequestRefused', { kind: 'cancel', detail: 'the build is over' });
      const id = await world.build();
      await upTo(await world.queue(id));
      expect((await get('/api/repos/ann%2Fthree')).body).toMatchObject({ id: 'gh-3', name: 'Ann/Three', builds: 4 });
      expect((await get('/api/repos')).body).toMatchObject({ items: [{ id: 'gh-3' }], next: null });
      const detail = 'stars are not built';
      expect((await get('/api/deliveries')).body).toMatchObject({ items: [{ id: guid, outcome: 'ignored', detail }] });
      expect((await get(`/api/requests/${guid}`)).body).toMatchObject({
        status: 'refused',
        detail: 'the build is over',
      });
      expect((await get(`/api/requests/${randomUUID()}`)).body).toMatchObject({ status: 'pending' });
      const queue = (await get<{ items: { buildId: string }[] }>('/api/queue')).body.items;
      expect(queue.filter(({ buildId: of }) => of === id)).toMatchObject([
        { jobId: 'test', pool: 'default', reason: 'waits for a free runner of pool `default`' },
      ]);
    });
  });

  describe('log', () => {
    /** A job whose steps 0 and 1 have printed, step 2 prints; returns what a reader must see up to now. */
    const running = async (id: string): Promise<string[]> => {
      await world.queue(id);
      await world.start(id);
      await world.startStep(id, 0);
      const prepared = await world.print(id, 0, ['pulling', 'ready']);
      await world.endStep(id, 0);
      await world.ship(id, 0, [prepared], true);
      await world.startStep(id, 1);
      const first = await world.print(id, 1, ['one', { t: 1, x: 'long ', c: 1 }]);
      await world.print(id, 1, ['line', { t: 2, b: Buffer.from([0xff, 0xfe]).toString('base64') }]);
      await world.ship(id, 1, [first], false);
      await world.endStep(id, 1);
      await world.startStep(id, 2);
      await world.print(id, 2, ['alpha']);
      return ['0:1 pulling', '0:2 ready', '1:1 one', '1:2 long ', '1:2 line', '1:3 \ufffd\ufffd', '2:1 alpha'];
    };

    const end = async (id: string): Promise<string[]> => {
      await world.print(id, 2, ['beta', { t: 3, x: 'no newline', c: 1 }]);
      await world.endStep(id, 2);
      await world.finish(id);
      return ['2:2 beta', '2:3 no newline'];
    };

    const ended = (client: SseClient): Promise<unknown> =>
      eventually(
        () => client.seen,
        () => client.has('end'),
      );

    it('is the same whenever a reader joins, and at whatever id it goes on', async () => {
      const id = await world.build();
      await upTo(await world.say(subjects.notice(id), 'NotificationFailed', {}));
      const early = logStream(id);
      const now = await running(id);
      await eventually(
        () => early.lines,
        (lines) => expect(lines).toEqual(now),
      );
      const joined = logStream(id);
      await eventually(
        () => joined.lines,
        (lines) => expect(lines).toEqual(now),
      );
      const whole = [...now, ...(await end(id))];
      const late = logStream(id);
      await Promise.all([early, joined, late].map(ended));
      for (const client of [early, joined, late]) {
        expect(client.lines).toEqual(whole);
        expect(client.seen.at(-1)).toMatchObject({ event: 'end', data: { status: 'passed' } });
        const steps = client.seen.filter(({ event }) => event === 'step');
        expect(steps.map(({ data }) => `${String(data['index'])} ${String(data['status'])}`)).toEqual(
          [0, 1, 2].flatMap((step) => [`${step} running`, `${step} passed`]),
        );
        await eventually(
          () => client.closed,
          (closed) => closed,
        );
      }
      for (const [at, { id: lastId }] of late.seen.entries()) {
        const again = logStream(id, lastId);
        await ended(again);
        const before = late.seen.slice(0, at + 1).flatMap(({ data }) => (data['lines'] as Line[] | undefined) ?? []);
        expect(again.lines).toEqual(whole.slice(before.length));
      }
    });

    it('gives ranges and raw bytes, of a running and of a finished step', async () => {
      const id = await world.build();
      await running(id);
      const log = `/api/builds/${id}/jobs/test/log`;
      await eventually(
        () => get(`${log}?step=2`),
        ({ body }) => body['total'] === 1,
      );
      const range = await get(`${log}?from=2&to=2`);
      expect(range.body).toMatchObject({ attempt: 1, step: 1, from: 2, to: 2, total: 3, complete: true });
      expect(range.body['lines']).toEqual([
        { n: 2, t: 1, x: 'long ', c: 1 },
        { n: 2, t: 1000, x: 'line' },
      ]);
      expect((await get(`${log}?step=2`)).body).toMatchObject({ lines: [{ n: 1, x: 'alpha' }], complete: false });
      expect((await get(`${log}?step=2&from=9`)).status).toBe(200);
      expect((await get(`${log}?from=4`)).status).toBe(416);
      for (const wrong of ['step=9', 'attempt=2']) expect((await get(`${log}?${wrong}`)).status).toBe(404);
      for (const wrong of ['step=x', 'from=0', 'from=-1']) expect((await get(`${log}?${wrong}`)).status).toBe(400);
      const raw = await fetch(`${viewer.url}${log}.txt?step=1`);
      const bytes = Buffer.concat([Buffer.from('one\nlong line\n'), Buffer.from([0xff, 0xfe, 0x0a])]);
      expect(Buffer.from(await raw.arrayBuffer())).toEqual(bytes);
      expect(raw.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(raw.headers.get('x-content-type-options')).toBe('nosniff');
      const followed = fetch(`${viewer.url}${log}.txt?follow=1`).then(async (answer) => answer.arrayBuffer());
      await end(id);
      const all = Buffer.concat([Buffer.from('pulling\nready\n'), bytes, Buffer.from('alpha\nbeta\nno newline')]);
      expect(Buffer.from(await followed)).toEqual(all);
      expect(Buffer.from(await (await fetch(`${viewer.url}${log}.txt`)).arrayBuffer())).toEqual(all);
      expect((await get(`${log}?step=2&from=3`)).body).toMatchObject({ to: 3, total: 3, complete: true });
    });

    it('keeps the log of a lost attempt apart from that of the next', async () => {
      const id = await world.build();
      await world.queue(id);
      await world.start(id);
      await world.startStep(id, 0);
      await world.print(id, 0, ['first try']);
      await world.job(id, 'JobLost', { reason: 'its runner fell silent' });
      const lost = { jobId: 'test', attempt: 1, outcome: 'lost', again: true };
      await world.plan(id, 'JobsSettled', { jobs: [lost] });
      await upTo(await world.queue(id, 2));
      const second = logStream(id);
      const first = listen(`/api/builds/${id}/jobs/test/log/stream?attempt=1`);
      await ended(first);
      expect(first.lines).toEqual(['0:1 first try']);
      expect(first.seen.at(-1)).toMatchObject({ event: 'end', data: { status: 'lost' } });
      await world.start(id, 2);
      await world.startStep(id, 0, 2);
      await world.print(id, 0, ['second try'], 2);
      await eventually(
        () => second.lines,
        (lines) => expect(lines).toEqual(['0:1 second try']),
      );
      expect((await get(`/api/builds/${id}`)).body).toMatchObject({
        jobs: [{ attempt: 2, earlier: [{ attempt: 1, outcome: 'lost', reason: 'its runner fell silent' }] }],
      });
    });

    it('finds the right chunk in the middle of a long log', async () => {
      const id = await world.build();
      await world.queue(id);
      await world.start(id);
      await world.startStep(id, 0);
      await world.endStep(id, 0);
      await world.startStep(id, 1);
      const expected: string[] = [];
      const chunks: LogChunk[] = [];
      for (let at = 0; at < 60; at += 1) {
        chunks.push(await world.print(id, 1, [`a ${at}`, `b ${at}`]));
        expected.push(`1:${2 * at + 1} a ${at}`, `1:${2 * at + 2} b ${at}`);
      }
      await world.ship(id, 1, chunks.slice(0, 41), false);
      const client = logStream(id);
      await eventually(
        () => client.lines,
        (lines) => expect(lines).toEqual(expected),
      );
      const { id: middle } = client.seen.filter(({ event }) => event === 'lines')[20] ?? { id: '' };
      const again = logStream(id, middle);
      await eventually(
        () => again.lines,
        (lines) => expect(lines).toEqual(expected.slice(42)),
      );
      // Stored and purged while readers wait, then more is printed.
      await world.ship(id, 1, chunks.slice(41), false);
      await (await jetstreamManager(nc)).streams.purge('LOGS', { filter: subjects.logs(id, 'test', 1, 1) });
      const after = logStream(id);
      await eventually(
        () => after.lines,
        (lines) => expect(lines).toEqual(expected),
      );
      await world.print(id, 1, ['last']);
      for (const reader of [client, after])
        await eventually(
          () => reader.lines,
          (lines) => expect(lines).toEqual([...expected, '1:121 last']),
        );
    });

    it('loses and doubles nothing when nats-server is killed under a reader', async () => {
      const id = await world.build();
      const now = await running(id);
      const client = logStream(id);
      await eventually(
        () => client.lines,
        (lines) => expect(lines).toEqual(now),
      );
      await nats.kill();
      expect(
        (
          await eventually(
            () => get('/healthz'),
            ({ status }) => status === 503,
          )
        ).status,
      ).toBe(503);
      expect((await get(`/api/builds/${id}`)).status).toBe(200);
      const away = await get(`/api/builds/${id}/jobs/test/log?step=2`);
      expect([away.status, away.headers.get('retry-after')]).toEqual([503, '2']);
      expect((await get(`/api/builds/${id}/jobs/test/log/stream`)).status).toBe(503);
      expect((await send('POST', '/api/repos', { repo: 'a/b' }, { authorization: `Bearer ${TOKEN}` })).status).toBe(
        503,
      );
      await nats.restart();
      await eventually(
        () => get('/healthz'),
        ({ status }) => status === 200,
      );
      const whole = [...now, ...(await end(id))];
      await ended(client);
      expect(client.lines).toEqual(whole);
    }, 60_000);
  });

  describe('access', () => {
    const bearer = { authorization: `Bearer ${TOKEN}` };
    const raw = (headers: Record<string, string>, path = '/api/builds', method = 'GET', at = viewer): Promise<number> =>
      new Promise((resolve, reject) => {
        const call = httpRequest(at.url + path, { method, headers }, (answer) => {
          answer.resume();
          answer.on('end', () => resolve(answer.statusCode ?? 0));
        });
        call.on('error', reject);
        call.end();
      });

    it('lets this machine read, and nobody change without the token', async () => {
      expect((await get('/api/builds')).status).toBe(200);
      expect((await send('POST', '/api/repos', { repo: 'ann/app' })).status).toBe(401);
      expect((await send('POST', '/api/repos', { repo: 'ann/app' }, { authorization: 'Bearer no' })).status).toBe(401);
      const accepted = await send('POST', '/api/repos', { repo: 'ann/app' }, bearer);
      expect(accepted.status).toBe(202);
      const jsm = await jetstreamManager(nc);
      const message = await jsm.streams.getMessage('REQUESTS', { last_by_subj: 'requests.enable' });
      const { id } = accepted.body;
      expect(message?.json()).toMatchObject({ id, kind: 'enable', repo: 'ann/app', actor: { kind: 'token' } });
      expect(message?.header.get('Nats-Msg-Id')).toBe(id);
    });

    it('passes on what people ask of a build', async () => {
      const id = await world.build();
      await eventually(
        () => get(`/api/builds/${id}`),
        ({ status }) => status === 200,
      );
      const ask = async (action: string, body?: unknown): Promise<number> =>
        (await send('POST', `/api/builds/${id}/${action}`, body, bearer)).status;
      expect(await ask('cancel')).toBe(202);
      expect(await ask('rerun')).toBe(202);
      expect(await ask('approve', { sha: SHA })).toBe(202);
      expect(await ask('approve', { sha: 'main' })).toBe(400);
      expect(await ask('approve')).toBe(400);
      expect(await ask('explode')).toBe(404);
      expect((await send('POST', '/api/builds/00000000a0123456789ab/cancel', undefined, bearer)).status).toBe(404);
      for (const repo of ['no-slash', '../etc/passwd', 'a/b/c', 7])
        expect((await send('POST', '/api/repos', { repo }, bearer)).status).toBe(400);
      expect((await send('POST', '/api/repos/gh-3/builds', { ref: '--upload-pack=x' }, bearer)).status).toBe(400);
      expect((await send('POST', '/api/repos/Ann%2FThree/builds', { ref: 'main' }, bearer)).status).toBe(202);
      expect((await send('DELETE', '/api/repos/gh-3', undefined, bearer)).status).toBe(202);
      expect((await send('DELETE', '/api/repos/gh-404', undefined, bearer)).status).toBe(404);
      expect((await send('POST', '/api/repos', { repo: 'x'.repeat(20_000) }, bearer)).status).toBe(413);
    });

    it('makes sessions by token and by link, and wants the CSRF token of pages', async () => {
      expect((await get('/api/session')).body).toMatchObject({ admin: false, csrf: null });
      expect((await send('POST', '/api/session', { token: 'wrong' })).status).toBe(401);
      const signedIn = await send('POST', '/api/session', { token: TOKEN });
      expect(signedIn.status).toBe(204);
      const set = signedIn.headers.get('set-cookie') ?? '';
      expect(set).toMatch(/HttpOnly/);
      expect(set).toMatch(/SameSite=Strict/);
      expect(set).not.toMatch(/Secure/);
      const link = await get(`/login?token=${encodeURIComponent(TOKEN)}`);
      expect([link.status, link.headers.get('location'), link.headers.get('referrer-policy')]).toEqual([
        303,
        '/',
        'no-referrer',
      ]);
      expect((await get('/login?token=wrong')).status).toBe(401);
      expect((await get('/login')).status).toBe(200);
      const cookie = { cookie: (link.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
      const session = (await get<{ admin: boolean; csrf: string }>('/api/session', cookie)).body;
      expect(session.admin).toBe(true);
      const change = (headers: Record<string, string>) => send('POST', '/api/repos', { repo: 'ann/app' }, headers);
      expect((await change(cookie)).status).toBe(403);
      expect((await change({ ...cookie, 'x-csrf-token': 'x' })).status).toBe(403);
      expect((await change({ ...cookie, 'x-csrf-token': session.csrf })).status).toBe(202);
      expect((await change({ cookie: cookie.cookie.replace('=1', '=2'), 'x-csrf-token': session.csrf })).status).toBe(
        401,
      );
      expect(
        (await send('DELETE', '/api/session', undefined, { ...cookie, 'x-csrf-token': session.csrf })).status,
      ).toBe(204);
    });

    it('knows its names and refuses other sites', async () => {
      const { port } = new URL(viewer.url);
      expect(await raw({ host: `localhost:${port}` })).toBe(200);
      expect(await raw({ host: `evil.example:${port}` })).toBe(421);
      expect(await raw({ host: '127.0.0.1' })).toBe(421);
      expect(await raw({ origin: 'https://evil.example' })).toBe(403);
      expect(await raw({ origin: 'null' })).toBe(403);
      expect(await raw({ origin: viewer.url })).toBe(200);
      expect(await raw({ origin: `https://127.0.0.1:${port}` })).toBe(403);
    });

    it('wants the token for reading behind a public address, and serves below its path', async () => {
      const own = await mkdtemp(join(tmpdir(), 'cairn-viewer-public-'));
      const open = { CAIRN_DATA_DIR: own, CAIRN_PUBLIC_URL: 'https://ci.example/cairn/' };
      const closed = await start(open);
      const host = { host: 'ci.example' };
      try {
        for (const path of ['/api/builds', '/cairn/api/builds', '/api/events', '/api/queue']) {
          expect(await raw(host, path, 'GET', closed)).toBe(401);
        }
        expect(await raw({ ...host, ...bearer }, '/cairn/api/builds', 'GET', closed)).toBe(200);
        expect(await raw({ ...host, origin: 'https://ci.example' }, '/cairn/api/session', 'GET', closed)).toBe(200);
        expect(await raw(host, '/cairn/', 'GET', closed)).toBe(200);
        const link = await get(`/cairn/login?token=${encodeURIComponent(TOKEN)}`, {}, closed);
        expect([link.status, link.headers.get('location')]).toEqual([303, '/cairn/']);
        expect(link.headers.get('set-cookie')).toMatch(/Path=\/cairn\/; HttpOnly; Secure; SameSite=Strict/);
      } finally {
        await closed.stop();
      }
      const shown = await start({ ...open, CAIRN_PUBLIC_READ: 'true' });
      try {
        expect(await raw(host, '/cairn/api/builds', 'GET', shown)).toBe(200);
        expect(await raw(host, '/cairn/api/repos', 'POST', shown)).toBe(401);
      } finally {
        await shown.stop();
        await rm(own, { recursive: true, force: true });
      }
    });

    it('answers every error as a problem, with the headers of every answer', async () => {
      for (const [path, status] of [
        ['/api/nothing', 404],
        ['/wp-login.php', 404],
        ['/api/builds/%', 400],
        ['/api/builds/x/jobs/y/log', 404],
      ] as const) {
        const answer = await get(path);
        expect([path, answer.status]).toEqual([path, status]);
        expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
        expect(answer.body).toMatchObject({ type: 'about:blank', status });
        expect(answer.text).not.toMatch(/ at |node_modules/);
        expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'/);
      }
      const bad = await fetch(`${viewer.url}/api/repos`, {
        method: 'POST',
        headers: { ...bearer, 'content-type': 'application/json' },
        body: '{"repo":',
      });
      expect([bad.status, bad.headers.get('content-type')]).toEqual([400, 'application/problem+json; charset=utf-8']);
    });
  });

  describe('events', () => {
    it('tells each change once and goes on after an id', async () => {
      const client = listen('/api/events');
      await eventually(
        () => client.seen,
        async () => {
          await world.say(subjects.notice(await world.build()), 'NotificationFailed', {});
          return client.has('build');
        },
      );
      const id = await world.build();
      const last = await world.queue(id);
      await eventually(
        () => client.seen,
        () => client.seen.some((one) => one.id === String(last)),
      );
      const of = client.seen.filter(({ data }) => data['id'] === id);
      expect(of.at(-1)).toMatchObject({
        event: 'build',
        data: { number: 7, repo: 'ann/app', status: 'planned', seq: last },
      });
      expect(new Set(client.seen.map((one) => one.id)).size).toBe(client.seen.length);
      const [first] = of;
      const again = listen('/api/events', { 'last-event-id': first?.id ?? '' });
      await eventually(
        () => again.seen,
        (seen) => expect(seen).toEqual(client.seen.slice(client.seen.indexOf(first!) + 1)),
      );
      for (const unknown of ['999999999', 'x', '-1']) {
        const lost = listen('/api/events', { 'last-event-id': unknown });
        await eventually(
          () => lost.seen,
          (seen) => seen[0]?.event === 'reset',
        );
      }
    });
  });

  describe('read model', () => {
    const paths = async (): Promise<string[]> => {
      const { items } = (await get<{ items: { id: string }[] }>('/api/builds?limit=200')).body;
      const lists = ['/api/builds?limit=200', '/api/deliveries', '/api/repos', '/api/queue', '/api/repos/gh-3'];
      return [...lists, ...items.map(({ id }) => `/api/builds/${id}`)];
    };
    const answers = async (all: readonly string[]): Promise<string> =>
      sha256((await Promise.all(all.map(async (path) => (await get(path)).text))).join('\n'));

    it('is made again from the events, byte for byte', async () => {
      const all = await paths();
      const before = await answers(all);
      expect(all.length).toBeGreaterThan(5);
      await viewer.stop();
      viewer = await start();
      await eventually(
        () => get('/healthz'),
        ({ status }) => status === 200,
      );
      expect(await answers(all)).toBe(before);
      await viewer.stop();
      await rm(join(directory, 'viewer'), { recursive: true });
      viewer = await start();
      await eventually(
        () => get('/healthz'),
        ({ status }) => status === 200,
      );
      expect(await answers(all)).toBe(before);
    });

    it('halts at an event that it cannot read, says so, and keeps answering', async () => {
      const all = await paths();
      const before = await answers(all);
      const publisher = new MessagePublisher(nc);
      await publisher.publish('build.00000000a0123456789ab.plan', '{"type":"BuildTeleported"}');
      await world.build();
      const { body } = await eventually(
        () => get('/healthz'),
        ({ status }) => status === 503,
      );
      expect(body['detail']).toMatch(/halted: message \d+ on build\.00000000a0123456789ab\.plan cannot be read/);
      expect(await answers(all)).toBe(before);
    });
  });
});
