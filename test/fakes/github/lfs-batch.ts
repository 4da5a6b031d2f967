import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FakeGitHubState } from './fake-github.types.js';
import type { LfsStorage } from './lfs-storage.js';

const ROUTE = /^\/([^/]+\/[^/]+?)\.git\/info\/lfs\/(.+)$/;
const TYPE = 'application/vnd.git-lfs+json';

type Asked = Readonly<{ oid: string; size: number }>;
type Batch = Readonly<{ operation: 'download' | 'upload'; transfers?: readonly string[]; objects: readonly Asked[] }>;

const isBatch = (body: unknown): body is Batch => {
  const { operation, transfers = ['basic'], objects, hash_algo: hash = 'sha256' } = body as Record<string, unknown>;
  const list = Array.isArray(objects) ? (objects as Partial<Asked>[]) : [{}];
  const isSound = ({ oid, size }: Partial<Asked>) => /^[0-9a-f]{64}$/.test(oid ?? '') && Number.isSafeInteger(size);
  return (
    ['download', 'upload'].includes(String(operation)) &&
    (transfers as string[]).includes('basic') &&
    hash === 'sha256' &&
    list.every(isSound)
  );
};

const answerFor = (key: string, { oid, size }: Asked, operation: Batch['operation'], storage: LfsStorage): object => {
  const stored = storage.objects.get(key);
  if (operation === 'upload') return { oid, size, ...(stored ? {} : { actions: { upload: storage.sign(key) } }) };
  if (!stored) return { oid, size, error: { code: 404, message: 'Object does not exist on the server' } };
  return { oid, size, authenticated: true, actions: { download: { ...storage.sign(key), expires_in: 3600 } } };
};

/** The batch API of Git LFS. False when the URL is not of it, or there are no such files at this GitHub. */
export const serveLfs = (state: FakeGitHubState, request: IncomingMessage, response: ServerResponse): boolean => {
  const [, name = '', path = ''] = ROUTE.exec(request.url ?? '') ?? [];
  const { lfs: storage } = state;
  if (name === '' || storage === undefined) return false;
  const send = (status: number, body: object): void =>
    void response.writeHead(status, { 'content-type': TYPE }).end(JSON.stringify(body));
  const repo = state.repos.get(name);
  const expected = `Basic ${Buffer.from(`x-access-token:${state.token ?? ''}`).toString('base64')}`;
  let text = '';
  request.setEncoding('utf8').on('data', (part: string) => (text += part));
  request.on('end', () => {
    if (repo?.private === true && request.headers.authorization !== expected)
      return send(401, { message: 'Credentials needed' });
    if (repo === undefined || path !== 'objects/batch') return send(404, { message: 'Not found' });
    const { accept = '', 'content-type': type = '' } = request.headers;
    const isTyped = accept.startsWith(TYPE) && type.startsWith(TYPE);
    const body: unknown = JSON.parse(text);
    if (!isTyped || !isBatch(body)) {
      state.violations.push(`a batch request that is none: ${text}`);
      return send(422, { message: 'Validation Failed' });
    }
    const objects = body.objects.map((asked) => answerFor(`${name}/${asked.oid}`, asked, body.operation, storage));
    send(200, { transfer: 'basic', objects });
  });
  return true;
};
