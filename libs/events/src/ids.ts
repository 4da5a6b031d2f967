import { InvalidSubjectToken } from '#errors';
import { sha256 } from './event.js';

const SEQUENCE_DIGITS = 9; // base 36: 10^14 events, and ids sort by time as text

/**
 * A build's id: a lower bound of the sequence of its first event, then a hash of what asked for it. It sorts by time,
 * and every load of the build's aggregates starts at the sequence that it begins with.
 */
export const buildId = (lowerBound: number, origin: string): string =>
  `${Math.max(0, lowerBound).toString(36).padStart(SEQUENCE_DIGITS, '0')}${sha256(origin).slice(0, 12)}`;

const BUILD_ID = /^[0-9a-z]{9}[0-9a-f]{12}$/;
export const JOB_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/;
const JOB_ID = /^[A-Za-z_][A-Za-z0-9_-]{0,72}$/;
const GUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;
const REPO_ID = /^[a-z]{2}-[0-9]{1,20}$/;
/** Of a webhook; `projects_v2_item` has a digit. */
const EVENT_NAME = /^[a-z0-9_]{1,40}$/;
export const POOL = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

export const isBuildId = (text: string): boolean => BUILD_ID.test(text);
export const isJobName = (text: string): boolean => JOB_NAME.test(text);
export const isJobId = (text: string): boolean => JOB_ID.test(text);
export const isGuid = (text: string): boolean => GUID.test(text);
export const isRepoId = (text: string): boolean => REPO_ID.test(text);
const RUNNER_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
export const isRunnerId = (text: string): boolean => RUNNER_ID.test(text);
export const isEventName = (text: string): boolean => EVENT_NAME.test(text);
export const isPool = (text: string): boolean => POOL.test(text);

/** The `EVENTS` sequence before which a build has no event. */
export const firstSequenceOf = (build: string): number =>
  Math.max(1, Number.parseInt(build.slice(0, SEQUENCE_DIGITS), 36));

/** A job's id: its name, and for a cell of a matrix a hash of the cell, whose keys are taken in sorted order. */
export const jobId = (name: string, cell: Readonly<Record<string, unknown>> = {}): string => {
  const keys = Object.keys(cell).sort();
  if (keys.length === 0) return name;
  return `${name}--${sha256(JSON.stringify(keys.map((key) => [key, cell[key]]))).slice(0, 8)}`;
};

/** Names change, ids do not: a repository is known by its forge's numeric id. */
export const githubRepoId = (id: number): string => `gh-${id}`;

/** @throws InvalidSubjectToken unless `valid` accepts the text. */
export const token = (kind: string, valid: (text: string) => boolean, text: string): string => {
  if (!valid(text)) throw new InvalidSubjectToken(kind, text);
  return text;
};
