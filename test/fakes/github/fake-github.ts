import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import addFormats from 'ajv-formats';
import type { Context } from 'openapi-backend';
import { apiDocument } from './api-document.js';
import { apiHandlers, NOT_FOUND, type Answer } from './api-handlers.js';
import type { FakeGitHubState, FakeRepo, Fault } from './fake-github.types.js';
import { serveGit } from './git-smart-http.js';
import { serveLfs } from './lfs-batch.js';
import { OpenAPIBackend } from './openapi-backend.js';

/** Where a GitHub Enterprise Server has its API: git is served at the same origin, below `/owner/name.git`. */
const API_ROOT = '/api/v3';

export type FakeGitHub = Readonly<{
  /** For `CAIRN_GITHUB_URL`. */
  url: string;
  state: FakeGitHubState;
  /** The next `times` requests whose `METHOD /path` matches get this instead of an answer. */
  fail(times: number, fault: Fault, matching?: RegExp): void;
  /** Requests that match wait until the returned function is called. */
  hold(matching?: RegExp): () => void;
  /** Every answer comes so much later, in milliseconds; 0 ends it. */
  slow(delayMs: number): void;
  close(): Promise<void>;
}>;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
  return text;
};

const send = (response: ServerResponse, { status, body, raw }: Answer): void => {
  response.writeHead(status, {
    'content-type': raw?.type ?? 'application/json; charset=utf-8',
    'x-github-request-id': 'FAKE:0001',
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': '4999',
  });
  response.end(raw?.content ?? JSON.stringify(body));
};

const refused = (status: number, message: string): Answer => ({
  status,
  body: { message, documentation_url: 'https://docs.github.com/rest' },
});

/**
 * GitHub's REST API and git server on 127.0.0.1. Every request, and every answer of its own, is checked against GitHub's
 * published description: what breaks it is answered 422 (500 for an answer) and recorded in `state.violations`.
 */
export const startFakeGitHub = async (
  options: Readonly<{ repos?: readonly FakeRepo[]; token?: string; now?: () => string }> = {},
): Promise<FakeGitHub> => {
  const { repos = [], token, now = () => new Date().toISOString() } = options;
  const state: FakeGitHubState = {
    repos: new Map(repos.map((repo) => [repo.name, repo])),
    statuses: new Map(),
    checkRuns: new Map(),
    requests: [],
    violations: [],
    token,
    lfs: undefined,
    holdsGit: false,
    heldGit: 0,
  };
  const faults: { left: number; fault: Fault; matching: RegExp }[] = [];
  const holds = new Set<{ matching: RegExp; released: Promise<void> }>();
  let delayMs = 0;

  const violated = (status: number, rule: string): Answer => {
    state.violations.push(rule);
    return refused(status, `Validation Failed: ${rule}`);
  };
  const api = new OpenAPIBackend({
    ...{ definition: apiDocument, apiRoot: API_ROOT, quick: true, coerceTypes: true },
    customizeAjv: (ajv) => addFormats.default(ajv),
  });
  const handlers = apiHandlers(state, now, (rule) => violated(422, rule));
  for (const [operation, handle] of Object.entries(handlers)) {
    api.register(operation, async (context: Context): Promise<Answer> => {
      const { owner, repo: name } = context.request.params;
      const { authorization } = context.request.headers;
      const authorized = state.token === undefined || authorization === `token ${state.token}`;
      if (!authorized && authorization !== undefined) return refused(401, 'Bad credentials');
      const repo = state.repos.get(`${String(owner)}/${String(name)}`);
      if (repo === undefined || (repo.private === true && !authorized)) return NOT_FOUND;
      if (!authorized && context.request.method !== 'get') return refused(401, 'Requires authentication');
      const answer = await handle(repo, context);
      const described = context.operation.responses?.[String(answer.status)] !== undefined;
      if (!described || answer.body === undefined) return answer;
      const { errors } = api.validateResponse(JSON.parse(JSON.stringify(answer.body)), operation, answer.status);
      return errors ? violated(500, `own answer to ${operation}: ${JSON.stringify(errors)}`) : answer;
    });
  }
  api.register({
    validationFail: ({ validation, operation }: Context) =>
      violated(422, `request ${operation.operationId}: ${JSON.stringify(validation.errors)}`),
    notFound: ({ request }: Context) => violated(404, `no operation for ${request.method} ${request.path}`),
    notImplemented: ({ operation }: Context) => violated(501, `no handler for ${operation.operationId}`),
  });
  await api.init();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    state.requests.push({ method, url, authorization: headers.authorization });
    const route = `${method} ${url}`;
    for (const { matching, released } of holds) if (matching.test(route)) await released;
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const planned = faults.find(({ left, matching }) => left > 0 && matching.test(route));
    if (planned !== undefined) {
      planned.left -= 1;
      return planned.fault(request, response);
    }
    if (serveLfs(state, request, response)) return;
    if (!url.startsWith(`${API_ROOT}/`) && serveGit(state, request, response)) return;
    const [path = '', query = ''] = url.split('?', 2);
    const sent = await bodyOf(request);
    const call = { method, path, query, headers: headers as Record<string, string>, body: sent };
    send(response, (await api.handleRequest(call)) as Answer);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      state.violations.push(`the fake failed: ${String(error)}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${API_ROOT}`,
    state,
    fail: (times, fault, matching = /./) => void faults.push({ left: times, fault, matching }),
    hold: (matching = /./) => {
      let release = (): void => undefined;
      const hold = { matching, released: new Promise<void>((resolve) => (release = resolve)) };
      holds.add(hold);
      return () => {
        holds.delete(hold);
        release();
      };
    },
    slow: (milliseconds) => {
      delayMs = milliseconds;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
};
