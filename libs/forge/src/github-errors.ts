import { CairnError, ForgeRefused, ForgeUnavailable, messageOf } from '#errors';

/** What Octokit throws, as far as it is read here; `response` is missing when there was none. */
type HttpFailure = Readonly<{
  status: number;
  message: string;
  response?: Readonly<{ headers: Readonly<Record<string, string | number | undefined>> }>;
}>;

/** GitHub's advice for a secondary limit that names no time. */
const SECONDARY_WAIT_MS = 60_000;
const MESSAGE_KEPT = 300;

const isHttpFailure = (error: unknown): error is HttpFailure =>
  error instanceof Error && 'status' in error && typeof error.status === 'number';

export const statusOf = (error: unknown): number | undefined =>
  isHttpFailure(error) && error.response !== undefined ? error.status : undefined;

/** One line without control characters and secrets: an answer may be a whole page, or repeat what it was sent. */
const clean = (text: string, secrets: readonly string[]): string =>
  secrets
    .reduce((left, secret) => left.replaceAll(secret, '***'), text)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, MESSAGE_KEPT);

const waitOf = ({ message, response }: HttpFailure, now: number): number | undefined => {
  const headers = response?.headers ?? {};
  const after = headers['retry-after'];
  if (after !== undefined) {
    const wait = /^\d+$/.test(String(after)) ? Number(after) * 1000 : Date.parse(String(after)) - now;
    if (Number.isFinite(wait)) return Math.max(0, wait);
  }
  const reset = Number(headers['x-ratelimit-reset']);
  if (headers['x-ratelimit-remaining'] === '0' && Number.isFinite(reset)) return Math.max(0, reset * 1000 - now);
  return /\bsecondary rate\b/i.test(message) ? SECONDARY_WAIT_MS : undefined;
};

/**
 * An answer of GitHub, or the lack of one, as an error of ours. `request` says what was asked, without secrets.
 * An HTTP error is not kept as `cause`: all it says is in the message, and its copy of the request could reach a log.
 */
export const githubError = (error: unknown, request: string, secrets: readonly string[], now: number): CairnError => {
  if (error instanceof CairnError) return error;
  const status = statusOf(error);
  if (status === undefined) return new ForgeUnavailable(`${request}: ${clean(messageOf(error), secrets)}`);
  const failure = error as HttpFailure;
  const wait = waitOf(failure, now);
  const id = clean(String(failure.response?.headers['x-github-request-id'] ?? ''), secrets);
  const detail = `${request} was answered ${status}: ${clean(failure.message, secrets)}${id && ` (request ${id})`}`;
  const limited = status === 429 || (status === 403 && wait !== undefined);
  return limited || status >= 500 || status === 408 ? new ForgeUnavailable(detail, wait) : new ForgeRefused(detail);
};
