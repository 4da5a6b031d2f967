import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FakeRequest, Fault } from './fake-github.types.js';

/** Where the objects of Git LFS are: another server than the one that tells of them, as with GitHub. */
export type LfsStorage = Readonly<{
  origin: string;
  /** By `owner/name/oid`. */
  objects: Map<string, Buffer>;
  requests: FakeRequest[];
  /** An address that may be used for a while, and the header that has to be sent to it. */
  sign(key: string): Readonly<{ href: string; header: Readonly<Record<string, string>> }>;
  fail(times: number, fault: Fault, matching?: RegExp): void;
  close(): Promise<void>;
}>;

const bytesOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
};

export const startLfsStorage = async (): Promise<LfsStorage> => {
  const objects = new Map<string, Buffer>();
  const requests: FakeRequest[] = [];
  const faults: { left: number; fault: Fault; matching: RegExp }[] = [];
  const pass = randomBytes(8).toString('hex');
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    requests.push({ method, url, authorization: headers.authorization });
    const planned = faults.find(({ left, matching }) => left > 0 && matching.test(`${method} ${url}`));
    if (planned) {
      planned.left -= 1;
      return planned.fault(request, response);
    }
    if (headers['x-pass'] !== pass) return void response.writeHead(403).end('no pass');
    const key = url.slice(1);
    if (method === 'GET') {
      const object = objects.get(key);
      return void (object
        ? response.writeHead(200, { 'content-length': object.length }).end(object)
        : response.writeHead(404).end());
    }
    void bytesOf(request).then((bytes) => {
      const isIt = createHash('sha256').update(bytes).digest('hex') === key.slice(key.lastIndexOf('/') + 1);
      if (isIt) objects.set(key, bytes);
      response.writeHead(isIt ? 200 : 400).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    objects,
    requests,
    sign: (key) => ({ href: `${origin}/${key}`, header: { 'X-Pass': pass } }),
    fail: (times, fault, matching = /./) => void faults.push({ left: times, fault, matching }),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
};
