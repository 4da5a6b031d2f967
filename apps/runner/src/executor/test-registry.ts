import type Docker from 'dockerode';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort } from '#testing';
import { archive } from './steps.contract.js';

/** Name and password; the hash is bcrypt's, the only one that the registry reads. */
export const REGISTRY_USER = ['builder', 'a password'] as const;
const HTPASSWD = 'builder:$2b$05$JeH1ul2L465hK5CDoI/jc.Q8HW34uur85MXJGDhR6EYuqfutRd6rm\n';

/** What comes of a layer that is held back: an engine that has given it up sees so with the next drop. */
const DROP_BYTES = 16;
const DROP_MS = 50;

/**
 * A registry of this machine (Debian's `docker-registry`) that asks for a password, behind a door that can hold back what is
 * in images. The engine speaks HTTP to loopback.
 */
export class TestRegistry {
  private output = '';
  private isHolding = false;
  private readonly waiting = new Set<() => void>();

  private constructor(
    readonly host: string,
    private readonly process: ChildProcess,
    private readonly door: Server,
    port: number,
  ) {
    door.on('request', (asked: IncomingMessage, answer: ServerResponse) => {
      if (!this.isHolding || asked.method !== 'GET' || !asked.url?.includes('/blobs/'))
        return forward(asked, answer, port, (said) => said.pipe(answer));
      forward(asked, answer, port, (said) => {
        const drops = setInterval(() => answer.write(said.read(DROP_BYTES) ?? ''), DROP_MS);
        const pass = (): void => {
          clearInterval(drops);
          said.pipe(answer);
        };
        this.waiting.add(pass);
        answer.on('close', () => {
          clearInterval(drops);
          this.waiting.delete(pass);
          said.destroy();
        });
      });
    });
    for (const stream of [process.stdout, process.stderr])
      stream?.on('data', (bytes: Buffer) => (this.output += bytes.toString()));
  }

  static async start(directory: string): Promise<TestRegistry> {
    const [port, doorPort] = [await freePort(), await freePort()];
    await writeFile(join(directory, 'htpasswd'), HTPASSWD);
    const config = {
      version: '0.1',
      log: { accesslog: { disabled: false }, level: 'info' },
      storage: { filesystem: { rootdirectory: join(directory, 'blobs') } },
      auth: { htpasswd: { realm: 'test', path: join(directory, 'htpasswd') } },
      http: { addr: `127.0.0.1:${port}` },
    };
    const file = join(directory, 'registry.yml');
    await writeFile(file, JSON.stringify(config)); // JSON is YAML
    const door = createServer().listen(doorPort, '127.0.0.1');
    const process = spawn('docker-registry', ['serve', file]);
    const registry = new TestRegistry(`127.0.0.1:${doorPort}`, process, door, port);
    const answer = () =>
      fetch(`http://127.0.0.1:${port}/v2/`).then(
        ({ status }) => status,
        () => 0,
      );
    await eventually(answer, (status) => status === 401);
    return registry;
  }

  /** Makes an image that only the registry has, out of one that the engine has and a layer of its own. */
  async publish(docker: Docker, image: string): Promise<string> {
    const repo = `${this.host}/team/app-${randomBytes(4).toString('hex')}`;
    const container = await docker.createContainer({ Image: image, Cmd: ['true'] });
    const layer = archive({ 'tmp/layer': randomBytes(1000) }) as NodeJS.ReadableStream;
    await container.putArchive(layer, { path: '/' });
    await container.commit({ repo, tag: '1' });
    await container.remove();
    const [username, password] = REGISTRY_USER;
    const authconfig = { username, password, serveraddress: this.host };
    const pushed = await docker.getImage(`${repo}:1`).push({ authconfig });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(pushed, (error: Error | null) => (error ? reject(error) : resolve()));
    });
    await docker.getImage(`${repo}:1`).remove();
    return `${repo}:1`;
  }

  /** From now on layers come in drops, until `release`. */
  hold(): void {
    this.isHolding = true;
  }

  release(): void {
    this.isHolding = false;
    for (const pass of this.waiting) pass();
    this.waiting.clear();
  }

  /** How many layers come in drops to somebody who still wants them. */
  get held(): number {
    return this.waiting.size;
  }

  /** How often somebody has asked for the image by its name. */
  pullsOf(image: string): number {
    const path = `/v2/${image.slice(this.host.length + 1).replace(':', '/manifests/')}`;
    return this.output.split('\n').filter((line) => line.includes(`"GET ${path} `) || line.includes(`"HEAD ${path} `))
      .length;
  }

  async stop(): Promise<void> {
    this.door.close();
    this.door.closeAllConnections();
    const ended = once(this.process, 'exit');
    if (this.process.exitCode === null && this.process.kill('SIGKILL')) await ended;
  }
}

const forward = (
  asked: IncomingMessage,
  answer: ServerResponse,
  port: number,
  onAnswer: (said: IncomingMessage) => void,
): void => {
  const { method, headers, url: path } = asked;
  const onward = request({ host: '127.0.0.1', port, method, headers, path }, (said) => {
    answer.writeHead(said.statusCode ?? 502, said.headers);
    onAnswer(said);
  });
  onward.on('error', () => answer.destroy());
  asked.pipe(onward);
};
