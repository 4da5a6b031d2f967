import { InvalidSubjectToken } from '#errors';
import { sha256 } from './event.js';
import { firstSequenceOf, isBuildId, isEventName, isGuid, isJobId, isPool, isRepoId, token } from './ids.js';

const build = (id: string): string => token('a build id', isBuildId, id);
const job = (id: string): string => token('a job id', isJobId, id);
const whole = (kind: string, value: number): number => {
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidSubjectToken(kind, String(value));
  return value;
};

/** Every subject that Cairn uses is made here, so that no unchecked text from outside becomes a token of one. */
export const subjects = {
  webhook: (event: string): string => `webhooks.github.${token('an event name', isEventName, event)}`,
  delivery: (guid: string): string => `delivery.${token('a delivery id', isGuid, guid).toLowerCase()}`,
  request: (id: string): string => `request.${token('a request id', isGuid, id).toLowerCase()}`,
  requests: (kind: string): string =>
    `requests.${token('a kind of request', (text) => /^[a-z]{1,20}$/.test(text), kind)}`,
  repo: (repoId: string): string => `repo.${token('a repository id', isRepoId, repoId)}`,
  group: (repoId: string, name: string): string =>
    `group.${token('a repository id', isRepoId, repoId)}.${sha256(name).slice(0, 16)}`,
  plan: (buildId: string): string => `build.${build(buildId)}.plan`,
  job: (buildId: string, jobId: string): string => `build.${build(buildId)}.job.${job(jobId)}`,
  log: (buildId: string, jobId: string): string => `build.${build(buildId)}.log.${job(jobId)}`,
  notice: (buildId: string): string => `build.${build(buildId)}.notice`,
  cancel: (buildId: string): string => `cancel.${build(buildId)}`,
  queue: (pool: string): string => `queue.${token('a pool', isPool, pool)}`,
  logs: (buildId: string, jobId: string, attempt: number, step: number): string =>
    `logs.${build(buildId)}.${job(jobId)}.${whole('an attempt', attempt)}.${whole('a step', step)}`,
  dead: (service: string): string => `dead.${service}`,
} as const;

/** What a subject of the `EVENTS` stream tells the history of. */
export type Aggregate =
  | Readonly<{ kind: 'delivery' | 'request'; id: string }>
  | Readonly<{ kind: 'repo'; repoId: string }>
  | Readonly<{ kind: 'group'; repoId: string; group: string }>
  | Readonly<{ kind: 'plan' | 'notice'; buildId: string }>
  | Readonly<{ kind: 'job' | 'log'; buildId: string; jobId: string }>;

/** Takes a subject of `EVENTS` apart; undefined for one that is none of ours. */
export const aggregateOf = (subject: string): Aggregate | undefined => {
  const [first, second = '', third, fourth = ''] = subject.split('.');
  if (first === 'delivery' || first === 'request') return { kind: first, id: second };
  if (first === 'repo') return { kind: 'repo', repoId: second };
  if (first === 'group') return { kind: 'group', repoId: second, group: third ?? '' };
  if (first !== 'build') return undefined;
  if (third === 'plan' || third === 'notice') return { kind: third, buildId: second };
  if (third === 'job' || third === 'log') return { kind: third, buildId: second, jobId: fourth };
  return undefined;
};

/** Where a load of the subject may start: a build's aggregates have nothing before the sequence its id begins with. */
export const startSequenceOf = (subject: string): number => {
  const aggregate = aggregateOf(subject);
  return aggregate && 'buildId' in aggregate && isBuildId(aggregate.buildId) ? firstSequenceOf(aggregate.buildId) : 1;
};

export type LogAddress = Readonly<{ buildId: string; jobId: string; attempt: number; step: number }>;

/** The address in a subject of the `LOGS` stream. */
export const logAddressOf = (subject: string): LogAddress | undefined => {
  const [first, buildId = '', jobId = '', attempt = '', step = '', ...rest] = subject.split('.');
  if (first !== 'logs' || !isBuildId(buildId) || !isJobId(jobId) || rest.length > 0) return undefined;
  if (!/^\d{1,9}$/.test(attempt) || !/^\d{1,9}$/.test(step)) return undefined;
  return { buildId, jobId, attempt: Number(attempt), step: Number(step) };
};
