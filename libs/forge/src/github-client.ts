import type { Octokit } from '@octokit/rest';

export type GitHubClientOptions = Readonly<{ baseUrl: string; token: string | undefined; timeoutMs: number }>;

/** Longer waits are the consumer's: it gives the message back with a delay and serves others in the meantime. */
const LONGEST_WAIT_S = 2;
const silent = (): void => undefined;

/**
 * Octokit with its plugins: up to two quick retries when GitHub fails, writes one second apart as GitHub asks for.
 * Loaded when first used: a service that never asks GitHub does not pay for it.
 */
export const connectToGitHub = async ({ baseUrl, token, timeoutMs }: GitHubClientOptions): Promise<Octokit> => {
  const [{ Octokit }, { throttling }, { retry }] = await Promise.all([
    import('@octokit/rest'),
    import('@octokit/plugin-throttling'),
    import('@octokit/plugin-retry'),
  ]);
  const shortWaitOnce = (seconds: number, _request: object, _octokit: object, retries: number): boolean =>
    seconds <= LONGEST_WAIT_S && retries === 0;
  const octokit = new (Octokit.plugin(throttling, retry))({
    baseUrl,
    userAgent: 'cairn',
    ...(token === undefined ? {} : { auth: token }),
    // Every failure becomes an error of ours, which is logged once, by whoever handles it.
    log: { debug: silent, info: silent, warn: silent, error: silent },
    request: {
      // The limit is for one attempt, its body included, and not for the time that it waits for its turn.
      fetch: (url: string, init: RequestInit) => fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) }),
    },
    retry: { retries: 2, retryAfterBaseValue: 100, doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451] },
    throttle: { id: baseUrl, onRateLimit: shortWaitOnce, onSecondaryRateLimit: shortWaitOnce },
  });
  octokit.hook.before('request', (options) => {
    options.headers['x-github-api-version'] = '2022-11-28';
  });
  return octokit;
};
