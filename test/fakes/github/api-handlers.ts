import type { Context } from 'openapi-backend';
import { recorded } from './api-document.js';
import type { FakeCheckRun, FakeGitHubState, FakeRepo, FakeStatus } from './fake-github.types.js';
import { commitOf, comparisonOf, entriesOf, objectAt } from './git-objects.js';

/** `body` is sent as JSON; `raw` as it is, with its type. */
export type Answer = Readonly<{ status: number; body?: unknown; raw?: Readonly<{ type: string; content: Buffer }> }>;
type Handler = (repo: FakeRepo, context: Context) => Promise<Answer>;

const DOCUMENTATION = 'https://docs.github.com/rest';
const DESCRIPTION_LIMIT = 140;
const FILES_LIMIT = 300;
const refusal = (status: number, message: string): Answer => ({
  status,
  body: { message, documentation_url: DOCUMENTATION, status: String(status) },
});
export const NOT_FOUND = refusal(404, 'Not Found');

const param = (context: Context, name: string): string => String(context.request.params[name]);
const query = (context: Context, name: string): string | undefined => {
  const value = context.request.query[name] as string | string[] | undefined;
  return value === undefined ? undefined : String(value);
};
const body = (context: Context): Record<string, unknown> => context.request.requestBody as Record<string, unknown>;
const accepts = (context: Context, type: string): boolean => String(context.request.headers['accept']).includes(type);

const repositoryBody = ({ id, name, defaultBranch, private: hidden = false }: FakeRepo): unknown => {
  // GitHub's example is of a fork, and lacks `language`, which its description requires.
  const example = recorded<{ owner: object }>('full-repository-default-response');
  const [owner, short] = name.split('/');
  const noFork = { language: null, fork: false, source: undefined, parent: undefined, template_repository: undefined };
  const own = { id, name: short, full_name: name, default_branch: defaultBranch, private: hidden };
  return { ...example, ...noFork, ...own, owner: { ...example.owner, login: owner } };
};

const statusBody = ({ repo, sha, ...status }: FakeStatus): unknown => ({
  ...recorded('status'),
  ...status,
  url: `https://api.github.com/repos/${repo}/statuses/${sha}`,
  updated_at: status.created_at,
});

const checkRunBody = ({ repo, ...run }: FakeCheckRun): unknown => {
  const example = recorded<{ output: object }>('check-run');
  const settled = { conclusion: null, completed_at: null, started_at: null, details_url: null, external_id: '' };
  const output = { ...example.output, ...(run['output'] as object | undefined), annotations: undefined };
  return { ...example, ...settled, ...run, output, url: `https://api.github.com/repos/${repo}/check-runs/${run.id}` };
};

/** The operations of the extract, over git repositories and what was sent before. `breaks` records a violation. */
export const apiHandlers = (
  state: FakeGitHubState,
  now: () => string,
  breaks: (rule: string) => Answer,
): Record<string, Handler> => ({
  'repos/get': (repo) => Promise.resolve({ status: 200, body: repositoryBody(repo) }),

  'repos/get-content': async (repo, context) => {
    const ref = query(context, 'ref') ?? repo.defaultBranch;
    const path = param(context, 'path');
    const sha = await commitOf(repo.dir, ref);
    if (sha === undefined) return refusal(404, `No commit found for the ref ${ref}`);
    const found = await objectAt(repo.dir, sha, path);
    if (found === undefined) return NOT_FOUND;
    const name = path.split('/').at(-1);
    if (found.kind === 'tree') {
      const [example] = recorded<object[]>('content-file-response-if-content-is-a-directory');
      const entries = await entriesOf(repo.dir, found.sha);
      const files = entries.map((entry) => ({
        ...example,
        ...{ name: entry.name, path: `${path}/${entry.name}`, sha: entry.sha, size: 0 },
        type: entry.type === 'tree' ? 'dir' : 'file',
      }));
      return { status: 200, body: files };
    }
    if (accepts(context, 'vnd.github.raw')) {
      return { status: 200, raw: { type: 'application/vnd.github.raw+json; charset=utf-8', content: found.content } };
    }
    const file = { name, path, sha: found.sha, size: found.content.length, content: found.content.toString('base64') };
    return { status: 200, body: { ...recorded('content-file-response-if-content-is-a-file'), ...file } };
  },

  'repos/get-commit': async (repo, context) => {
    const ref = param(context, 'ref');
    const sha = await commitOf(repo.dir, ref);
    if (sha === undefined) return refusal(422, `No commit found for SHA: ${ref}`);
    if (accepts(context, 'vnd.github.sha')) {
      return { status: 200, raw: { type: 'application/vnd.github.sha; charset=utf-8', content: Buffer.from(sha) } };
    }
    // GitHub's example of a file lacks what its description requires.
    return { status: 200, body: { ...recorded('commit'), sha, files: [] } };
  },

  'repos/compare-commits-with-basehead': async (repo, context) => {
    const [before = '', head = ''] = param(context, 'basehead').split('...');
    const commits = await Promise.all([before, head].map((ref) => commitOf(repo.dir, ref)));
    const [from, to] = commits;
    const found = from !== undefined && to !== undefined ? await comparisonOf(repo.dir, from, to) : undefined;
    if (found === undefined) return NOT_FOUND;
    const example = recorded<{ base_commit: object; files: object[] }>('commit-comparison');
    // Every page but the first is one of commits alone, and no comparison tells more files than these.
    const files = Number(query(context, 'page') ?? 1) === 1 ? found.files.slice(0, FILES_LIMIT) : undefined;
    return {
      status: 200,
      body: {
        ...example,
        ...{ merge_base_commit: { ...example.base_commit, sha: found.base }, commits: [] },
        files: files?.map(({ status, path, old }) => ({
          ...example.files[0],
          ...{ status, filename: path },
          ...(old === undefined ? {} : { previous_filename: old }),
        })),
      },
    };
  },

  'repos/create-commit-status': async (repo, context) => {
    const ref = param(context, 'sha');
    const { state: result, description = null, target_url = null, context: name = 'default' } = body(context);
    if (typeof description === 'string' && [...description].length > DESCRIPTION_LIMIT) {
      return breaks('a status has a description of more than 140 characters');
    }
    if (target_url !== null && !/^https?:\/\//.test(String(target_url)))
      return breaks('target_url is not a web address');
    const sha = await commitOf(repo.dir, ref);
    if (sha === undefined) return refusal(422, `No commit found for SHA: ${ref}`);
    const held = state.statuses.get(sha) ?? [];
    const id = 1 + [...state.statuses.values()].reduce((sum, list) => sum + list.length, 0);
    const fields = { id, repo: repo.name, sha, context: name, state: result, description, target_url };
    const status = { ...fields, created_at: now() } as FakeStatus;
    state.statuses.set(sha, [...held, status]);
    return { status: 201, body: statusBody(status) };
  },

  'repos/list-commit-statuses-for-ref': async (repo, context) => {
    const sha = await commitOf(repo.dir, param(context, 'ref'));
    if (sha === undefined) return NOT_FOUND;
    const perPage = Number(query(context, 'per_page') ?? 30);
    const first = (Number(query(context, 'page') ?? 1) - 1) * perPage;
    const newestFirst = (state.statuses.get(sha) ?? []).filter((status) => status.repo === repo.name).reverse();
    return { status: 200, body: newestFirst.slice(first, first + perPage).map(statusBody) };
  },

  'checks/create': async (repo, context) => {
    const sent = body(context);
    if (sent['status'] === 'completed' && sent['conclusion'] === undefined) return breaks('completed, no conclusion');
    if ((await commitOf(repo.dir, String(sent['head_sha']))) === undefined) {
      return refusal(422, `No commit found for SHA: ${String(sent['head_sha'])}`);
    }
    const status = sent['conclusion'] === undefined ? 'queued' : 'completed';
    const run = { status, ...sent, id: state.checkRuns.size + 1, repo: repo.name } as unknown as FakeCheckRun;
    state.checkRuns.set(run.id, run);
    return { status: 201, body: checkRunBody(run) };
  },

  'checks/update': async (repo, context) => {
    const held = state.checkRuns.get(Number(param(context, 'check_run_id')));
    if (held?.repo !== repo.name) return NOT_FOUND;
    const sent = body(context);
    const concluded = sent['conclusion'] === undefined ? {} : { status: 'completed' };
    const run: FakeCheckRun = { ...held, ...concluded, ...sent };
    if (run.status === 'completed' && run['conclusion'] === undefined) return breaks('completed, no conclusion');
    state.checkRuns.set(run.id, run);
    return { status: 200, body: checkRunBody(run) };
  },
});
