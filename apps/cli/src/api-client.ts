import { setTimeout as pause } from 'node:timers/promises';
import { messageOf, ServerRefused } from '#errors';

const ANSWER_MS = 15_000;
const REQUEST_MS = 30_000;
const POLL_MS = 100;

type Page<T> = Readonly<{ items: readonly T[] }>;
export type Repo = Readonly<{ id: string; name: string; enabled: boolean; builds: number }>;
export type Build = Readonly<{
  id: string;
  number: number;
  repo: string;
  branch: string | null;
  sha: string;
  status: string;
  createdAt: string;
}>;
export type RequestAnswer = Readonly<{ id: string; status: 'pending' | 'accepted' | 'refused'; detail: string | null }>;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The words of problem details (RFC 9457), in one line. */
const problemOf = (status: number, body: unknown): string => {
  const detail = isObject(body) ? (body['detail'] ?? body['title']) : undefined;
  return typeof detail === 'string' && detail !== '' ? `${detail} (${status})` : `the server answered ${status}`;
};

/** Cairn's REST API. Every call throws ServerRefused. */
export class ApiClient {
  constructor(
    private readonly url: string,
    private readonly token: string | undefined,
  ) {}

  async repos(): Promise<readonly Repo[]> {
    return (await this.call<Page<Repo>>('GET', '/api/repos')).items;
  }

  async builds(repo?: string): Promise<readonly Build[]> {
    const query = repo === undefined ? '' : `?repo=${encodeURIComponent(repo)}`;
    return (await this.call<Page<Build>>('GET', `/api/builds${query}`)).items;
  }

  addRepo(repo: string): Promise<RequestAnswer> {
    return this.ask('POST', '/api/repos', { repo });
  }

  disableRepo(repo: string): Promise<RequestAnswer> {
    return this.ask('DELETE', `/api/repos/${encodeURIComponent(repo)}`);
  }

  runBuild(repo: string, ref?: string): Promise<RequestAnswer> {
    return this.ask('POST', `/api/repos/${encodeURIComponent(repo)}/builds`, ref === undefined ? {} : { ref });
  }

  /** A wish is taken at once and decided a moment later: waits for the decision. */
  private async ask(method: string, path: string, body?: object): Promise<RequestAnswer> {
    const { id } = await this.call<{ id: string }>(method, path, body);
    for (const end = Date.now() + REQUEST_MS; ; await pause(POLL_MS)) {
      const answer = await this.call<RequestAnswer>('GET', `/api/requests/${encodeURIComponent(id)}`);
      if (answer.status === 'refused') throw new ServerRefused(answer.detail ?? 'refused');
      if (answer.status === 'accepted' || Date.now() > end) return answer;
    }
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = {
      ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const init = { method, headers, signal: AbortSignal.timeout(ANSWER_MS) };
    const sent = fetch(`${this.url}${path}`, body === undefined ? init : { ...init, body: JSON.stringify(body) });
    const response = await sent.catch((cause: unknown) => {
      throw new ServerRefused(`Cairn does not answer at ${this.url} (${messageOf(cause)}); is it running?`);
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw new ServerRefused(problemOf(response.status, answer));
    return answer as T;
  }
}
