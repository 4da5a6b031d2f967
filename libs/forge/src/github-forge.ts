import type { Octokit } from '@octokit/rest';
import { CommitUnknown, ForgeRefused, InvalidSettings, RepositoryUnknown } from '#errors';
import { checkPath, checkSha, parseRepo, refsFor } from './checked-names.js';
import { readText } from './file-text.js';
import type { CommitStatus, Forge, ForgeRepo, GitRemote, StatusBoard, StatusState } from './forge.js';
import { githubAddresses, type GitHubAddresses } from './github-addresses.js';
import { connectToGitHub } from './github-client.js';
import { repoAtHost } from './repo-at-host.js';
import { githubError, statusOf } from './github-errors.js';

const DESCRIPTION_LIMIT = 140;
const DEFAULT_TIMEOUT_MS = 10_000;
/** A comparison tells no more files than these. */
const MOST_CHANGED = 300;
/** GitHub keeps a thousand statuses of a commit and context. */
const STATUSES_A_PAGE = 100;
const STATUS_PAGES = 10;

/** GitHub counts characters, so a character is never cut in two. */
const shortened = (text: string): string => {
  const characters = [...text];
  if (characters.length <= DESCRIPTION_LIMIT) return text;
  return `${characters.slice(0, DESCRIPTION_LIMIT - 1).join('')}…`;
};

type ReceivedStatus = Readonly<{
  context: string;
  state: string;
  description: string | null;
  target_url: string | null;
}>;

const statusFrom = (sha: string, { context, state, description, target_url: url }: ReceivedStatus): CommitStatus => ({
  ...{ sha, context, state: state as StatusState, description: description ?? '' },
  ...(url === null ? {} : { targetUrl: url }),
});

/** A comparison that GitHub cannot make in time is answered like a failure, and never made. */
const isTooMuch = (error: unknown): boolean =>
  statusOf(error) !== undefined && /\bthis diff\b/i.test((error as Error).message);

export type GitHubForgeOptions = Readonly<{
  /** `CAIRN_GITHUB_URL`: the base of the REST API. */
  url: string;
  /** `CAIRN_GITHUB_TOKEN`; without it only public repositories can be read, and no status written. */
  token?: string | undefined;
  /** For one attempt of one request. */
  timeoutMs?: number | undefined;
}>;

/** GitHub, or a GitHub Enterprise Server, by its REST API. @throws InvalidSettings when made from wrong settings */
export class GitHubForge implements Forge {
  readonly kind = 'github';
  readonly statuses: StatusBoard = {
    create: (repo, status) => this.createStatus(repo, status),
    newest: (repo, sha, context, most) => this.newestStatuses(repo, sha, context, most),
  };
  private readonly addresses: GitHubAddresses;
  private readonly basicCredentials: string;
  private octokit: Promise<Octokit> | undefined;

  constructor(private readonly options: GitHubForgeOptions) {
    const { url, token } = options;
    this.addresses = githubAddresses(url);
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
      throw new InvalidSettings(['CAIRN_GITHUB_TOKEN must be one line of visible ASCII characters']);
    }
    this.basicCredentials = Buffer.from(`x-access-token:${token ?? ''}`).toString('base64');
  }

  async repository(repo: string): Promise<ForgeRepo> {
    const { owner, name } = parseRepo(repo);
    const { data } = await this.call(`repository ${repo}`, async (octokit) =>
      octokit.rest.repos.get({ owner, repo: name }).catch((error: unknown) => {
        throw statusOf(error) === 404 ? new RepositoryUnknown(repo) : error;
      }),
    );
    return { id: data.id, name: data.full_name, defaultBranch: data.default_branch };
  }

  async fileAt(repo: string, sha: string, path: string, maxBytes: number): Promise<string | undefined> {
    const { owner, name } = parseRepo(repo);
    checkSha(sha);
    checkPath(path);
    return this.call(`${path} of ${repo} at ${sha}`, async (octokit) => {
      const answer = await octokit
        .request('GET /repos/{owner}/{repo}/contents/{path}', {
          ...{ owner, repo: name, path, ref: sha },
          headers: { accept: 'application/vnd.github.raw+json' },
          request: { parseSuccessResponseBody: false },
        })
        .catch((error: unknown) => this.missing(error, repo, sha));
      if (answer === undefined) return undefined;
      const body = answer.data as unknown as ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>;
      // What has no raw form is described instead: a directory, a submodule, a link that leads out.
      if (answer.headers['content-type']?.startsWith('application/json') === true) {
        await body.cancel();
        return undefined;
      }
      return readText(body, path, maxBytes);
    });
  }

  async resolve(repo: string, ref: string): Promise<string | undefined> {
    for (const full of refsFor(ref)) {
      const sha = await this.commitAt(repo, full);
      if (sha !== undefined) return sha;
    }
    await this.repository(repo);
    return undefined;
  }

  async changedFiles(repo: string, before: string, head: string): Promise<readonly string[] | undefined> {
    const { owner, name } = parseRepo(repo);
    checkSha(before);
    checkSha(head);
    return this.call(`what ${head} of ${repo} changed since ${before}`, async (octokit) => {
      // All files come with the first page of commits, of which nothing is wanted.
      const range = { owner, repo: name, basehead: `${before}...${head}`, per_page: 1, page: 1 };
      const answer = await octokit.rest.repos.compareCommitsWithBasehead(range).catch(async (error: unknown) => {
        if (isTooMuch(error)) return undefined;
        if (statusOf(error) !== 404) throw error;
        await this.repository(repo);
        return undefined;
      });
      const files = answer?.data.files;
      if (files === undefined || files.length >= MOST_CHANGED) return undefined;
      return files.flatMap(({ filename, previous_filename: old }) =>
        old === undefined ? [filename] : [old, filename],
      );
    });
  }

  named(url: string): string | undefined {
    return repoAtHost(url, this.addresses.web);
  }

  remote(repo: string, as?: 'anonymous'): Promise<GitRemote> {
    const { owner, name } = parseRepo(repo);
    const { web, protocols } = this.addresses;
    const url = `${web}/${owner}/${name}.git`;
    const authorization = `Basic ${this.basicCredentials}`;
    const credentials = {
      GIT_CONFIG_COUNT: '1',
      // Bound to this repository's URL: a submodule on another host must not see it.
      GIT_CONFIG_KEY_0: `http.${url}.extraHeader`,
      GIT_CONFIG_VALUE_0: `Authorization: ${authorization}`,
    };
    const known = this.options.token !== undefined && as !== 'anonymous';
    const largeFiles = { url: `${url}/info/lfs`, ...(known ? { authorization } : {}) };
    return Promise.resolve({ url, protocols, environment: known ? credentials : {}, largeFiles });
  }

  private async createStatus(repo: string, status: CommitStatus): Promise<void> {
    const { owner, name } = parseRepo(repo);
    const { sha, context, state, description, targetUrl } = status;
    checkSha(sha);
    const target = targetUrl === undefined ? {} : { target_url: targetUrl };
    const body = { sha, context, state, description: shortened(description), ...target };
    await this.call(`status ${context} of ${repo} at ${sha}`, async (octokit) => {
      await octokit.rest.repos.createCommitStatus({ owner, repo: name, ...body }).catch(async (error: unknown) => {
        if (statusOf(error) === 404) await this.repository(repo);
        throw error;
      });
    });
  }

  private async newestStatuses(repo: string, sha: string, context: string, most: number): Promise<CommitStatus[]> {
    const { owner, name } = parseRepo(repo);
    checkSha(sha);
    return this.call(`statuses of ${repo} at ${sha}`, async (octokit) => {
      const found: CommitStatus[] = [];
      for (let page = 1; page <= STATUS_PAGES; page += 1) {
        const place = { owner, repo: name, ref: sha, per_page: STATUSES_A_PAGE, page };
        const { data } = await octokit.rest.repos.listCommitStatusesForRef(place).catch(async (error: unknown) => {
          if (statusOf(error) === 404) await this.repository(repo);
          throw error;
        });
        found.push(...data.filter((status) => status.context === context).map((status) => statusFrom(sha, status)));
        if (found.length >= most || data.length < STATUSES_A_PAGE) break; // GitHub lists the newest first
      }
      return found.slice(0, most);
    });
  }

  /** A 404 for a file has three meanings, and only one of them is that there is no file. */
  private async missing(error: unknown, repo: string, sha: string): Promise<undefined> {
    if (statusOf(error) !== 404) throw error;
    if (/no commit found/i.test((error as Error).message)) throw new CommitUnknown(repo, sha);
    await this.repository(repo);
    return undefined;
  }

  /** `full` begins with `refs/`, which the API leaves out: without it, it would take a short name for a commit. */
  private async commitAt(repo: string, full: string): Promise<string | undefined> {
    const { owner, name } = parseRepo(repo);
    return this.call(`${full} of ${repo}`, async (octokit) => {
      const answer = await octokit
        .request('GET /repos/{owner}/{repo}/commits/{ref}', {
          ...{ owner, repo: name, ref: full.slice('refs/'.length) },
          headers: { accept: 'application/vnd.github.sha' },
        })
        .catch((error: unknown) => {
          // 404 also for a repository that is not there, 409 for one without commits, 422 for a ref that is not.
          if (![404, 409, 422].includes(statusOf(error) ?? 0)) throw error;
          return undefined;
        });
      if (answer === undefined) return undefined;
      const sha = String(answer.data);
      if (!/^[0-9a-f]{40}$/.test(sha)) throw new ForgeRefused(`${full} of ${repo}: the answer is not a commit`);
      return sha;
    });
  }

  /** Runs a request; all that goes wrong in it becomes an error of ours. */
  private async call<T>(what: string, run: (octokit: Octokit) => Promise<T>): Promise<T> {
    const { token, timeoutMs = DEFAULT_TIMEOUT_MS } = this.options;
    this.octokit ??= connectToGitHub({ baseUrl: this.addresses.api, token, timeoutMs });
    const secrets = token === undefined ? [] : [token, this.basicCredentials];
    try {
      return await run(await this.octokit);
    } catch (error) {
      throw githubError(error, `GitHub, asked for ${what},`, secrets, Date.now());
    }
  }
}
