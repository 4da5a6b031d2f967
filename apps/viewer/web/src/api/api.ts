import type { TestCase, TestTotals, UnreadReport } from '#events';
import type { Place, Severity } from '#log-lines';
import type { BuildSummary, BuildView, DeliveryView, QueueView, RepoView, RunnerView } from '#domain';
import type { BuildFilter, LogSearch } from '../routing/route.js';

export type Page<T> = Readonly<{ items: readonly T[]; next: string | null }>;
/** `link`: it is a link to that, and has no bytes. */
export type Artifact = Readonly<{ id: string; name: string; bytes: number; link: string | null }>;
/** `items`: those that failed come first. `totals`: null where no tests were reported. */
export type Tests = Page<TestCase> &
  Readonly<{ totals: TestTotals | null; unread: readonly UnreadReport[]; cut: Readonly<{ cases: number }> }>;
/** An error or warning that a tool has printed, at a line of a step. `file`: where it is, when that is known. */
export type FoundInLog = Readonly<{
  step: number;
  line: number;
  severity: Severity;
  tool: string;
  message: string;
  file: Place | null;
  times: number;
}>;
/** `truncated`: there are more. */
export type FoundErrors = Readonly<{ items: readonly FoundInLog[]; truncated: boolean }>;
export type SearchLine = Readonly<{ line: number; text: string }>;
/** `spans`: where in `text` the finds are. */
export type SearchHit = Readonly<{
  build: Pick<BuildSummary, 'id' | 'number' | 'repo' | 'branch' | 'pullRequest' | 'status' | 'createdAt'>;
  job: Readonly<{ id: string; title: string }>;
  attempt: number;
  step: Readonly<{ index: number; name: string }>;
  line: number;
  at: string;
  text: string;
  spans: readonly (readonly [number, number])[];
  before: readonly SearchLine[];
  after: readonly SearchLine[];
}>;
/** `builds`: into how many of those that the filters choose was looked; null without filters. */
export type SearchResult = Page<SearchHit> & Readonly<{ builds: Readonly<{ searched: number; total: number }> | null }>;
export type Session = Readonly<{ admin: boolean; csrf: string | null; version: string }>;

/** An answer that is not what was asked for, in the words of the server's problem details (RFC 9457) where it has any. */
export class ApiProblem extends Error {
  constructor(
    /** 0: no answer at all. */
    readonly status: number,
    readonly title: string,
    readonly detail: string,
  ) {
    super(`${title}: ${detail}`);
  }
}

/** Address of an API resource, below the page's own prefix. */
export const apiUrl = (
  parts: readonly (string | number)[],
  query: Readonly<Record<string, string | number | null | undefined>> = {},
): string => {
  const url = new URL(['api', ...parts.map((part) => encodeURIComponent(part))].join('/'), document.baseURI);
  for (const [key, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== '') url.searchParams.set(key, String(value));
  return url.href;
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const problemOf = async (response: Response): Promise<ApiProblem> => {
  const body = (await response.json().catch(() => ({}))) as { title?: unknown; detail?: unknown } | null;
  const title = text(body?.title) || response.statusText || 'The request failed';
  return new ApiProblem(response.status, title, text(body?.detail) || `The server answered ${response.status}.`);
};

/** @throws ApiProblem */
const call = async (url: string, init: RequestInit = {}): Promise<unknown> => {
  const response = await fetch(url, { credentials: 'same-origin', cache: 'no-store', ...init }).catch(
    (cause: unknown) => {
      if (init.signal?.aborted) throw cause;
      throw new ApiProblem(0, 'No answer', 'The server cannot be reached. The page goes on trying.');
    },
  );
  if (!response.ok) throw await problemOf(response);
  return response.status === 204 ? undefined : response.json().catch(() => undefined);
};

const send = (method: string, url: string, csrf: string | null, body?: unknown): Promise<unknown> =>
  call(url, {
    method,
    headers: {
      ...(csrf && { 'X-CSRF-Token': csrf }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

export type BuildAction = 'cancel' | 'rerun' | 'approve';

/** Every call throws ApiProblem when it fails. */
export const api = {
  builds: (filter: BuildFilter, cursor?: string) =>
    call(apiUrl(['builds'], { ...filter, cursor })) as Promise<Page<BuildSummary>>,
  build: (id: string) => call(apiUrl(['builds', id])) as Promise<BuildView>,
  artifacts: (build: string, job: string, attempt: number) =>
    call(apiUrl(['builds', build, 'jobs', job, 'artifacts'], { attempt })) as Promise<
      Readonly<{ items: readonly Artifact[] }>
    >,
  tests: (build: string, job: string, attempt: number) =>
    call(apiUrl(['builds', build, 'jobs', job, 'tests'], { attempt, limit: 200 })) as Promise<Tests>,
  logErrors: (build: string, job: string, attempt: number) =>
    call(apiUrl(['builds', build, 'jobs', job, 'log', 'errors'], { attempt })) as Promise<FoundErrors>,
  deliveries: (cursor?: string) => call(apiUrl(['deliveries'], { cursor })) as Promise<Page<DeliveryView>>,
  repos: (cursor?: string) => call(apiUrl(['repos'], { cursor })) as Promise<Page<RepoView>>,
  queue: (cursor?: string) => call(apiUrl(['queue'], { cursor, limit: 100 })) as Promise<Page<QueueView>>,
  search: (search: LogSearch, context: number, cursor?: string) =>
    call(apiUrl(['search', 'logs'], { ...search, context, cursor })) as Promise<SearchResult>,
  runners: () => call(apiUrl(['runners'])) as Promise<Page<RunnerView>>,
  session: () => call(apiUrl(['session'])) as Promise<Session>,
  signIn: (token: string) => send('POST', apiUrl(['session']), null, { token }),
  signOut: (csrf: string | null) => send('DELETE', apiUrl(['session']), csrf),
  ask: (id: string, action: BuildAction, csrf: string | null, body?: Readonly<{ sha: string; job?: string }>) =>
    send('POST', apiUrl(['builds', id, action]), csrf, body),
} as const;
