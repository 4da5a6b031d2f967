import { createHash } from 'node:crypto';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { jetstreamManager } from '@nats-io/jetstream';
import { bytesOfChunk, sha256, subjects, type LogChunk } from '#events';
import { eventually } from '#testing';
import { Harness, TOKEN } from '../../testing/test-harness.js';
import type { SseClient } from '../../testing/test-sse-client.js';

describe('logs', () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.start();
  });
  afterEach(() => harness.closeClients());
  afterAll(() => harness.stop());

  describe('log', () => {
    /** A job whose steps 0 and 1 have printed, step 2 prints; returns what a reader must see up to now. */
    const running = async (id: string): Promise<string[]> => {
      await harness.world.queue(id);
      await harness.world.start(id);
      await harness.world.startStep(id, 0);
      const prepared = await harness.world.print(id, 0, ['pulling', 'ready']);
      await harness.world.endStep(id, 0);
      await harness.world.ship(id, 0, [prepared], true);
      await harness.world.startStep(id, 1);
      const first = await harness.world.print(id, 1, ['one', { t: 1, x: 'long ', c: 1 }]);
      await harness.world.print(id, 1, ['line', { t: 2, b: Buffer.from([0xff, 0xfe]).toString('base64') }]);
      await harness.world.ship(id, 1, [first], false);
      await harness.world.endStep(id, 1);
      await harness.world.startStep(id, 2);
      await harness.world.print(id, 2, ['alpha']);
      return ['0:1 pulling', '0:2 ready', '1:1 one', '1:2 long ', '1:2 line', '1:3 \ufffd\ufffd', '2:1 alpha'];
    };

    const end = async (id: string): Promise<string[]> => {
      await harness.world.print(id, 2, ['beta', { t: 3, x: 'no newline', c: 1 }]);
      await harness.world.endStep(id, 2);
      await harness.world.finish(id);
      return ['2:2 beta', '2:3 no newline'];
    };

    const ended = (client: SseClient): Promise<unknown> =>
      eventually(
        () => client.seen,
        () => client.has('end'),
      );

    it('is the same whenever a reader joins, and at whatever id it goes on', async () => {
      const id = await harness.world.build();
      await harness.upTo(await harness.world.notice(id));
      const early = harness.logStream(id);
      const log = `${harness.viewer.url}/api/builds/${id}/jobs/test/log.txt`;
      const text = fetch(`${log}?follow=1`).then((answer) => answer.text());
      const now = await running(id);
      await eventually(
        () => early.lines,
        (lines) => expect(lines).toEqual(now),
      );
      const joined = harness.logStream(id);
      await eventually(
        () => joined.lines,
        (lines) => expect(lines).toEqual(now),
      );
      const whole = [...now, ...(await end(id))];
      const late = harness.logStream(id);
      await Promise.all([early, joined, late].map(ended));
      expect(await text).toBe(await (await fetch(log)).text());
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
        const again = harness.logStream(id, lastId);
        await ended(again);
        const before = late.linesOf(late.seen.slice(0, at + 1));
        expect(again.lines).toEqual(whole.slice(before.length));
      }
    });

    it('gives ranges and raw bytes, of a running and of a finished step', async () => {
      const id = await harness.world.build();
      await running(id);
      const log = `/api/builds/${id}/jobs/test/log`;
      await eventually(
        () => harness.get(`${log}?step=2`),
        ({ body }) => body['total'] === 1,
      );
      const range = await harness.get(`${log}?from=2&to=2`);
      expect(range.body).toMatchObject({ attempt: 1, step: 1, from: 2, to: 2, total: 3, complete: true });
      expect(range.body['lines']).toEqual([
        { n: 2, t: 1, x: 'long ', c: 1 },
        { n: 2, t: 1000, x: 'line' },
      ]);
      expect((await harness.get(`${log}?step=2`)).body).toMatchObject({
        lines: [{ n: 1, x: 'alpha' }],
        complete: false,
      });
      expect((await harness.get(`${log}?step=2&from=9`)).status).toBe(200);
      expect((await harness.get(`${log}?from=4`)).status).toBe(416);
      for (const wrong of ['step=9', 'attempt=2']) expect((await harness.get(`${log}?${wrong}`)).status).toBe(404);
      for (const wrong of ['step=x', 'from=0', 'from=-1'])
        expect((await harness.get(`${log}?${wrong}`)).status).toBe(400);
      const raw = await fetch(`${harness.viewer.url}${log}.txt?step=1`);
      const bytes = Buffer.concat([Buffer.from('one\nlong line\n'), Buffer.from([0xff, 0xfe, 0x0a])]);
      expect(Buffer.from(await raw.arrayBuffer())).toEqual(bytes);
      expect(raw.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(raw.headers.get('x-content-type-options')).toBe('nosniff');
      const followed = fetch(`${harness.viewer.url}${log}.txt?follow=1`).then(async (answer) => answer.arrayBuffer());
      await end(id);
      const all = Buffer.concat([Buffer.from('pulling\nready\n'), bytes, Buffer.from('alpha\nbeta\nno newline')]);
      expect(Buffer.from(await followed)).toEqual(all);
      expect(Buffer.from(await (await fetch(`${harness.viewer.url}${log}.txt`)).arrayBuffer())).toEqual(all);
      expect((await harness.get(`${log}?step=2&from=3`)).body).toMatchObject({ to: 3, total: 3, complete: true });
    });

    it('packs text where the client takes it, live too, and strips what a terminal would not show', async () => {
      const id = await harness.world.build();
      await harness.upTo(await harness.world.queue(id));
      await harness.world.start(id);
      await harness.world.startStep(id, 0);
      await harness.world.print(id, 0, ['\u001b[32mgreen\u001b[0m', '10%\r100%']);
      const log = `${harness.viewer.url}/api/builds/${id}/jobs/test/log.txt`;
      const asked = (query: string, encoding: string): Promise<IncomingMessage> =>
        new Promise((resolve) => httpGet(`${log}${query}`, { headers: { 'accept-encoding': encoding } }, resolve));
      const followed = await asked('?follow=1&ansi=strip', 'br, gzip;q=0.5');
      expect(followed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
      let text = '';
      const unpacked = followed.pipe(createGunzip()).on('data', (part: Buffer) => (text += part.toString()));
      await eventually(
        () => text,
        (seen) => expect(seen).toBe('green\n100%\n'),
      );
      await harness.world.endStep(id, 0);
      await harness.world.finish(id);
      await finished(unpacked);
      for (const encoding of ['identity', 'gzip;q=0']) {
        const plain = await asked('', encoding);
        expect(plain.headers['content-encoding']).toBeUndefined();
        expect(Buffer.concat(await plain.toArray()).toString()).toBe('\u001b[32mgreen\u001b[0m\n10%\r100%\n');
      }
      expect((await fetch(`${log}?ansi=rainbow`)).status).toBe(400);
    });

    it('shows what a service prints as it comes, by itself, and the steps beside it', async () => {
      const id = await harness.world.build({ services: ['cache', 'db'] });
      await harness.upTo(await harness.world.queue(id));
      const log = `/api/builds/${id}/jobs/test/log`;
      const expected = await harness.get<{ jobs: [{ steps: { index: number; service: string | null }[] }] }>(
        `/api/builds/${id}`,
      );
      expect(expected.body.jobs[0].steps.map(({ index, service }) => [index, service])).toEqual([
        ...[0, 1, 2].map((step) => [step, null]),
        [4, 'cache'],
        [5, 'db'],
      ]);
      const early = harness.listen(`${log}/stream?service=db`);
      const steps = harness.logStream(id);
      await harness.world.start(id);
      await harness.world.startStep(id, 0);
      const step = await harness.world.startService(id, 'db', 1);
      await harness.world.print(id, step, ['listening', { t: 1, x: 'ready for ', c: 1 }]);
      const chunks = [await harness.world.print(id, 0, ['pulling'])];
      await harness.world.endStep(id, 0);
      await harness.world.ship(id, 0, chunks, true);
      await harness.world.startStep(id, 1);
      await harness.world.print(id, 1, ['connected']);
      await harness.world.print(id, step, ['work']);
      await eventually(
        () => [early.lines, steps.lines],
        (seen) =>
          expect(seen).toEqual([
            ['5:1 listening', '5:2 ready for ', '5:2 work'],
            ['0:1 pulling', '1:1 connected'],
          ]),
      );
      const { id: middle } = early.seen.find(({ event }) => event === 'lines') ?? { id: '' };
      const again = harness.listen(`${log}/stream?step=${step}`, { 'last-event-id': middle });
      // One that was at a step before goes on with what it asks for now.
      const fresh = harness.listen(`${log}/stream?step=${step}`, { 'last-event-id': '1.1.3' });
      await harness.world.print(id, 1, ['done']);
      await harness.world.endStep(id, 1);
      await harness.world.print(id, step, ['bye']);
      await harness.world.endStep(id, step);
      for (const client of [early, again, fresh]) await ended(client);
      const whole = ['5:1 listening', '5:2 ready for ', '5:2 work', '5:3 bye'];
      expect([early.lines, fresh.lines]).toEqual([whole, whole]);
      expect(again.lines).toEqual(whole.slice(2));
      expect(
        early.seen.map(({ event, data }) => [event, data['status']]).filter(([event]) => event !== 'lines'),
      ).toEqual([
        ['step', 'running'],
        ['step', 'passed'],
        ['end', 'running'],
      ]);
      expect((await harness.get(`${log}?service=db&from=3`)).body).toMatchObject({
        ...{ step, from: 3, to: 3, total: 3, complete: true },
        lines: [{ n: 3, x: 'bye' }],
      });
      const text = (query: string) => fetch(`${harness.viewer.url}${log}.txt${query}`).then((answer) => answer.text());
      expect(await text('?service=db')).toBe('listening\nready for work\nbye\n');
      await harness.world.startStep(id, 2);
      await harness.world.endStep(id, 2);
      await harness.world.finish(id);
      await ended(steps);
      expect(steps.lines).toEqual(['0:1 pulling', '1:1 connected', '1:2 done']);
      expect(await text('')).toBe('pulling\nconnected\ndone\n');
      for (const wrong of ['', '.txt', '/stream']) {
        expect((await harness.get(`${log}${wrong}?service=nobody`)).status).toBe(404);
        expect((await harness.get(`${log}${wrong}?service=db&step=1`)).status).toBe(400);
      }
      const never = harness.listen(`${log}/stream?service=cache`);
      await ended(never);
      expect(never.lines).toEqual([]);
    });

    it('keeps the log of a lost attempt apart from that of the next', async () => {
      const id = await harness.world.build();
      await harness.world.queue(id);
      await harness.world.start(id);
      await harness.world.startStep(id, 0);
      await harness.world.print(id, 0, ['first try']);
      await harness.world.job(id, 'JobLost', { reason: 'its runner fell silent' });
      const lost = { jobId: 'test', attempt: 1, outcome: 'lost', again: true };
      await harness.world.plan(id, 'JobsSettled', { jobs: [lost] });
      await harness.upTo(await harness.world.queue(id, 2));
      const second = harness.logStream(id);
      const first = harness.listen(`/api/builds/${id}/jobs/test/log/stream?attempt=1`);
      await ended(first);
      expect(first.lines).toEqual(['0:1 first try']);
      expect(first.seen.at(-1)).toMatchObject({ event: 'end', data: { status: 'lost' } });
      await harness.world.start(id, 2);
      await harness.world.startStep(id, 0, 2);
      await harness.world.print(id, 0, ['second try'], 2);
      await eventually(
        () => second.lines,
        (lines) => expect(lines).toEqual(['0:1 second try']),
      );
      expect((await harness.get(`/api/builds/${id}`)).body).toMatchObject({
        jobs: [{ attempt: 2, earlier: [{ attempt: 1, outcome: 'lost', reason: 'its runner fell silent' }] }],
      });
    });

    it('finds the right chunk in the middle of a long log', async () => {
      const id = await harness.world.build();
      await harness.world.queue(id);
      await harness.world.start(id);
      await harness.world.startStep(id, 0);
      await harness.world.endStep(id, 0);
      await harness.world.startStep(id, 1);
      const expected: string[] = [];
      const chunks: LogChunk[] = [];
      for (let at = 0; at < 60; at += 1) {
        chunks.push(await harness.world.print(id, 1, [`a ${at}`, `b ${at}`]));
        expected.push(`1:${2 * at + 1} a ${at}`, `1:${2 * at + 2} b ${at}`);
      }
      await harness.world.ship(id, 1, chunks.slice(0, 41), false);
      const client = harness.logStream(id);
      await eventually(
        () => client.lines,
        (lines) => expect(lines).toEqual(expected),
      );
      const { id: middle } = client.seen.filter(({ event }) => event === 'lines')[20] ?? { id: '' };
      const again = harness.logStream(id, middle);
      await eventually(
        () => again.lines,
        (lines) => expect(lines).toEqual(expected.slice(42)),
      );
      // Stored and purged while readers wait, then more is printed.
      await harness.world.ship(id, 1, chunks.slice(41), false);
      await (await jetstreamManager(harness.nc)).streams.purge('LOGS', { filter: subjects.logs(id, 'test', 1, 1) });
      const after = harness.logStream(id);
      await eventually(
        () => after.lines,
        (lines) => expect(lines).toEqual(expected),
      );
      await harness.world.print(id, 1, ['last']);
      for (const reader of [client, after])
        await eventually(
          () => reader.lines,
          (lines) => expect(lines).toEqual([...expected, '1:121 last']),
        );
    });

    it('lets a reader that stops reading slow nobody else, and gives it everything', async () => {
      const id = await harness.world.build();
      await harness.world.queue(id);
      await harness.world.start(id);
      await harness.upTo(await harness.world.startStep(id, 0));
      const log = `${harness.viewer.url}/api/builds/${id}/jobs/test/log.txt?follow=1`;
      const chunks = [await harness.world.print(id, 0, ['first'])];
      const stopped = await new Promise<IncomingMessage>((resolve) => httpGet(log, resolve)); // reads nothing yet
      const quick = fetch(log).then((answer) => answer.arrayBuffer());
      for (let at = 0; at < 300; at += 1)
        chunks.push(await harness.world.print(id, 0, [`${at} ${'x'.repeat(64 * 1024)}`]));
      await harness.world.endStep(id, 0);
      await harness.world.finish(id);
      const wanted = sha256(Buffer.concat(chunks.map(bytesOfChunk)));
      expect(sha256(Buffer.from(await quick))).toBe(wanted);
      // Where the slow one goes on, the stream no longer has what comes next.
      await harness.world.ship(id, 0, chunks, true);
      const late = createHash('sha256');
      for await (const part of stopped) late.update(part as Buffer);
      expect(late.digest('hex')).toBe(wanted);
    });

    it('skips what is no chunk, and says what is missing by cutting the text', async () => {
      const id = await harness.world.build();
      await harness.world.queue(id);
      await harness.world.start(id);
      await harness.world.startStep(id, 0);
      await harness.world.print(id, 0, ['kept']);
      await harness.world.damage(id, 0);
      await harness.world.print(id, 0, ['out of reach']);
      await harness.world.endStep(id, 0);
      const log = `/api/builds/${id}/jobs/test/log`;
      await eventually(
        () => harness.get(`${log}?step=0`),
        ({ body }) => body['total'] === 3,
      );
      expect((await harness.get(`${log}?step=0`)).body).toMatchObject({
        lines: [{ n: 1, x: 'kept' }],
        complete: false,
      });
      await expect(fetch(`${harness.viewer.url}${log}.txt?step=0`).then((answer) => answer.text())).rejects.toThrow();
    });

    it('loses and doubles nothing when nats-server is killed under a reader', async () => {
      const id = await harness.world.build();
      const now = await running(id);
      const client = harness.logStream(id);
      await eventually(
        () => client.lines,
        (lines) => expect(lines).toEqual(now),
      );
      await harness.nats.kill();
      expect(
        (
          await eventually(
            () => harness.get('/healthz'),
            ({ status }) => status === 503,
          )
        ).status,
      ).toBe(503);
      expect((await harness.get(`/api/builds/${id}`)).status).toBe(200);
      const away = await harness.get(`/api/builds/${id}/jobs/test/log?step=2`);
      expect([away.status, away.headers.get('retry-after')]).toEqual([503, '2']);
      expect((await harness.get(`/api/builds/${id}/jobs/test/log/stream`)).status).toBe(503);
      expect(
        (await harness.send('POST', '/api/repos', { repo: 'a/b' }, { authorization: `Bearer ${TOKEN}` })).status,
      ).toBe(503);
      await harness.nats.restart();
      await eventually(
        () => harness.get('/healthz'),
        ({ status }) => status === 200,
      );
      const whole = [...now, ...(await end(id))];
      await ended(client);
      expect(client.lines).toEqual(whole);
    }, 60_000);
  });
});
