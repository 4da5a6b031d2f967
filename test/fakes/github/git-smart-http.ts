import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { delimiter } from 'node:path';
import type { FakeGitHubState } from './fake-github.types.js';

const SEARCH_PATH = ['/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);
const ROUTE = /^\/([^/]+\/[^/]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack)$/;

/** What GitHub allows that git alone does not: any commit by its sha, partial clones. */
const SETTINGS = {
  GIT_CONFIG_COUNT: '3',
  GIT_CONFIG_KEY_0: 'uploadpack.allowAnySHA1InWant',
  GIT_CONFIG_VALUE_0: 'true',
  GIT_CONFIG_KEY_1: 'uploadpack.allowFilter',
  GIT_CONFIG_VALUE_1: 'true',
  GIT_CONFIG_KEY_2: 'safe.directory',
  GIT_CONFIG_VALUE_2: '*',
};

const header = (request: IncomingMessage, name: string): string => String(request.headers[name] ?? '');

/** Serves `git fetch` by git's own CGI. False when the URL is not one of a git repository. */
export const serveGit = (state: FakeGitHubState, request: IncomingMessage, response: ServerResponse): boolean => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const [, name = '', service = ''] = ROUTE.exec(url.pathname) ?? [];
  if (name === '') return false;
  const repo = state.repos.get(name);
  const expected = Buffer.from(`x-access-token:${state.token ?? ''}`).toString('base64');
  if (repo?.private === true && request.headers.authorization !== `Basic ${expected}`) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end('Repository not found.');
    return true;
  }
  if (repo === undefined) {
    response.writeHead(404).end('Repository not found.');
    return true;
  }
  if (state.holdsGit) {
    state.heldGit += 1;
    response.on('close', () => (state.heldGit -= 1));
    return true;
  }
  runBackend(`${repo.dir}${service}`, url, request, response);
  return true;
};

const runBackend = (translated: string, url: URL, request: IncomingMessage, response: ServerResponse): void => {
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: SEARCH_PATH,
      GIT_HTTP_EXPORT_ALL: '1',
      ...SETTINGS,
      PATH_TRANSLATED: translated,
      REQUEST_METHOD: request.method,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: header(request, 'content-type'),
      HTTP_CONTENT_ENCODING: header(request, 'content-encoding'),
      HTTP_GIT_PROTOCOL: header(request, 'git-protocol'),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  backend.stdin.on('error', () => undefined);
  request.pipe(backend.stdin);
  response.on('close', () => backend.kill());
  let head = Buffer.alloc(0);
  const readHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    backend.stdout.off('data', readHead);
    const headers = head
      .toString('latin1', 0, end)
      .split('\r\n')
      .map((line) => line.split(/: */, 2) as [string, string]);
    const status = headers.find(([key]) => key.toLowerCase() === 'status')?.[1] ?? '200';
    response.writeHead(Number.parseInt(status, 10), Object.fromEntries(headers));
    response.write(head.subarray(end + 4));
    backend.stdout.pipe(response);
  };
  backend.stdout.on('data', readHead);
  backend.on('error', () => response.destroy());
};
