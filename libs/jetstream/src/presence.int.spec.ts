import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { BUCKETS, LEASE_MS, type Heartbeat } from '#events';
import { eventually, startNats, type TestNats } from '#testing';
import { DEFAULT_STREAM_SETTINGS, Link, MessagePublisher, Presence, connectToNats, setUpJetStream } from './index.js';

const LEASE = LEASE_MS / 3;
const RUNNER = 'a1b2c3d4';

const heartbeat = (runner: string): Heartbeat => ({
  runner,
  epoch: 'this-process',
  at: new Date().toISOString(),
  pools: ['default'],
  capacity: 1,
  running: 1,
});

/** Stands before nats-server, and ends connections as its death does. */
class Gate {
  readonly #open = new Set<Socket>();
  #toBreak = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async before(port: number): Promise<Gate> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const gate = new Gate(server, `nats://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('connection', (client) => gate.let(client, createConnection(port, '127.0.0.1')));
    return gate;
  }

  /** Ends all connections, and the next one amid its handshake: when it has been greeted, and waits for an answer. */
  breakHandshake(): void {
    this.#toBreak = 1;
    this.#open.forEach((socket) => socket.destroy());
  }

  close(): void {
    this.server.close();
    this.#open.forEach((socket) => socket.destroy());
  }

  private let(client: Socket, server: Socket): void {
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#open.delete(socket) && other.destroy());
    }
    server.pipe(client);
    client.on('data', (words) => {
      if (this.#toBreak === 0) return server.write(words);
      this.#toBreak -= 1;
      return client.destroy();
    });
  }
}

describe('presence', () => {
  let nats: TestNats;
  let nc: NatsConnection;
  let publisher: MessagePublisher;
  let presence: Presence;

  beforeAll(async () => {
    nats = await startNats();
    nc = await connectToNats({ url: nats.url, name: 'planner' });
    publisher = new MessagePublisher(nc);
    await setUpJetStream(nc, DEFAULT_STREAM_SETTINGS, []);
    presence = new Presence(nc, publisher.blobs, LEASE);
    presence.start();
  });
  afterAll(async () => {
    presence.stop();
    await nc.close();
    await nats.stop();
  });

  it('begins with a connection also when the server dies amid the first handshake', async () => {
    const gate = await Gate.before(nats.port);
    gate.breakHandshake();
    const runner = await connectToNats({ url: gate.url, name: 'runner' });
    await runner.close();
    gate.close();
  });

  it('does not take a runner for gone whose server died amid the handshake', async () => {
    const gate = await Gate.before(nats.port);
    const runner = await connectToNats({ url: gate.url, name: 'runner' });
    try {
      const own = new MessagePublisher(runner);
      await Presence.beat(own, heartbeat(RUNNER));
      await eventually(
        () => presence.alive(),
        ([one]) => one?.runner === RUNNER,
      );
      let isBack = false;
      const beat = (): Promise<void> => Presence.beat(own, heartbeat(RUNNER)).then(() => void (isBack = true));
      Link.of(runner).onReconnect(() => void beat().catch(() => undefined));
      gate.breakHandshake();
      const first = await eventually(
        async () => ((await presence.isGone(RUNNER)) ? 'gone' : isBack && 'back'),
        (seen) => seen !== false,
      );
      expect(first).toBe('back');
    } finally {
      await runner.close();
      gate.close();
    }
  });

  it('does not take a runner for gone because this process was halted, but does when it is silent', async () => {
    const lease = LEASE / 5;
    const halted = new Presence(nc, publisher.blobs, lease);
    halted.start();
    await Presence.beat(publisher, heartbeat('halted'));
    await eventually(
      () => halted.alive(),
      (alive) => alive.some(({ runner }) => runner === 'halted'),
    );
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * lease);
    expect(await halted.isGone('halted')).toBe(false);
    await eventually(
      () => halted.isGone('halted'),
      (isGone) => isGone,
    );
    halted.stop();
  });

  it('does not take a runner for gone because nats-server was halted', async () => {
    await Presence.beat(publisher, heartbeat(RUNNER));
    await eventually(
      () => presence.alive(),
      (alive) => alive.some(({ runner }) => runner === RUNNER),
    );
    const answers: Promise<boolean>[] = [];
    nats.pause();
    const haltedAt = Date.now();
    await eventually(
      () => answers.push(presence.isGone(RUNNER)),
      () => Date.now() - haltedAt > 1.2 * LEASE,
    );
    nats.resume();
    expect(new Set(await Promise.all(answers))).toEqual(new Set([false]));
  });

  it('does not take a runner for gone whose heartbeats it cannot hear, and hears it again', async () => {
    const beat = (): Promise<void> => Presence.beat(publisher, heartbeat('unheard'));
    const heard = (): string | undefined => presence.alive().find(({ runner }) => runner === 'unheard')?.at;
    for (let beats = 0; beats < 50; beats += 1) await beat();
    const before = await eventually(heard, (at) => at !== undefined);
    await (await jetstreamManager(nc)).streams.delete(`KV_${BUCKETS.runners}`);
    await setUpJetStream(nc, DEFAULT_STREAM_SETTINGS, []); // its sequences begin again
    await beat();
    const first = await eventually(
      async () => ((await presence.isGone('unheard')) ? 'gone' : heard() !== before && 'heard'),
      (seen) => seen !== false,
    );
    expect(first).toBe('heard');
  });
});
