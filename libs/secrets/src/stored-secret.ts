import type { Trigger } from '#events';
import { compileGlobs } from '#glob';

export type SecretEvent = Trigger['event'];
export const SECRET_EVENTS: readonly SecretEvent[] = ['push', 'tag', 'schedule', 'manual', 'pull_request'];

/**
 * A secret as it is kept: whose it is, and for which builds. `repo`: `owner/name`, or an id (`gh-<number>`), which survives a
 * change of the name. `branches`: globs; without it the default branch.
 */
export type StoredSecret = Readonly<{
  repo: string;
  name: string;
  value: string;
  events: readonly SecretEvent[];
  branches?: readonly string[];
}>;

export const DEFAULT_EVENTS: readonly SecretEvent[] = ['push'];

/** Characters; shorter ones would turn a log into stars. */
export const SHORTEST_SECRET = 6;
/** Bytes: all its forms are looked for at once. */
export const LONGEST_SECRET = 16 * 1024;
/** Bytes of all secrets of one job together. */
export const MAX_SECRETS_OF_JOB = 32 * 1024;

const REPO = /^(?:gh-\d{1,20}|(?!\.{1,2}\/)[A-Za-z0-9_.-]{1,100}\/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100})$/;
/** As the spec's language has it. */
const NAME = /^(?!CAIRN_)[A-Za-z_][A-Za-z0-9_]{0,99}$/;

const valueFault = (value: unknown): string | undefined => {
  if (typeof value !== 'string') return 'must be a text';
  if (value.trim().length < SHORTEST_SECRET)
    return `must have at least ${SHORTEST_SECRET} characters, beside space around it`;
  if (Buffer.byteLength(value) > LONGEST_SECRET) return `must have at most ${LONGEST_SECRET} bytes`;
  if (value.includes('\0')) return 'must not contain a NUL character: no variable can';
  return Buffer.from(value).toString() === value ? undefined : 'must be text that can be written in UTF-8';
};

const isEvent = (event: unknown): event is SecretEvent => SECRET_EVENTS.some((known) => known === event);

const eventsFault = (events: unknown): string | undefined =>
  Array.isArray(events) && events.length > 0 && events.every(isEvent)
    ? undefined
    : `must be some of ${SECRET_EVENTS.join(', ')}`;

const branchesFault = (branches: unknown): string | undefined => {
  if (branches === undefined) return undefined;
  const isList = Array.isArray(branches) && branches.length > 0 && branches.every((glob) => typeof glob === 'string');
  if (!isList) return 'must be names of branches, or patterns';
  const compiled = compileGlobs(branches);
  return compiled.ok ? undefined : `must be names of branches, or patterns: ${compiled.faults[0]?.message ?? ''}`;
};

const FAULTS: Readonly<Record<keyof StoredSecret, (value: unknown) => string | undefined>> = {
  repo: (repo) =>
    typeof repo === 'string' && REPO.test(repo) ? undefined : 'must be owner/name, or the id of a repository (gh-1234)',
  name: (name) =>
    typeof name === 'string' && NAME.test(name)
      ? undefined
      : 'must be the name of a variable: letters, digits and `_`, not beginning with a digit or `CAIRN_`',
  value: valueFault,
  events: eventsFault,
  branches: branchesFault,
};

/** What is wrong with a secret: in which part, and how. Never what stands there. */
export const secretFault = (secret: object): Readonly<{ part: string; detail: string }> | undefined => {
  for (const [part, faultOf] of Object.entries(FAULTS)) {
    const detail = faultOf((secret as Record<string, unknown>)[part]);
    if (detail !== undefined) return { part, detail };
  }
  return Object.keys(secret).every((key) => key in FAULTS)
    ? undefined
    : { part: '*', detail: 'has a part that is unknown' };
};

/** Names of repositories are the same in capital letters. */
export const isSameSecret = (a: Pick<StoredSecret, 'repo' | 'name'>, b: Pick<StoredSecret, 'repo' | 'name'>): boolean =>
  a.name === b.name && a.repo.toLowerCase() === b.repo.toLowerCase();
