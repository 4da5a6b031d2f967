import { BadRequestException, NotFoundException } from '@nestjs/common';
import { isBuildId, isGuid, isJobId } from '#events';
import type { BuildStatus } from '#domain';
import type { PageRequest } from '../read-model/read-model.js';

export type Query = Readonly<Record<string, string | string[] | undefined>>;

const STATUSES: readonly BuildStatus[] = [
  'requested',
  'planned',
  'awaiting_approval',
  'running',
  'passed',
  'failed',
  'cancelled',
  'rejected',
];
const DEFAULT_LIMIT = 50;
const LARGEST_LIMIT = 200;
const MOST_INPUTS = 100;

/** One value; an empty one counts as not given. @throws BadRequestException when it is given twice */
export const textOf = (query: Query, name: string): string | undefined => {
  const value = query[name];
  if (Array.isArray(value)) throw new BadRequestException(`${name}: give it once`);
  return value === '' ? undefined : value;
};

/** @throws BadRequestException unless it is a whole number in the bounds, both included */
export const numberOf = (query: Query, name: string, least: number, most = 1e12): number | undefined => {
  const text = textOf(query, name);
  if (text === undefined) return undefined;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= most))
    throw new BadRequestException(`${name}: a whole number from ${least} to ${most}`);
  return value;
};

const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * A time, ISO 8601 in UTC: given as one, as a date, or as how long ago it is (`12h`, `7d`, `2w`).
 * @throws BadRequestException for anything else
 */
export const timeOf = (query: Query, name: string): string | undefined => {
  const text = textOf(query, name);
  if (text === undefined) return undefined;
  const [, amount, unit = ''] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  const isDate = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const time =
    amount === undefined ? Date.parse(isDate ? text : '') : Date.now() - Number(amount) * (UNITS_MS[unit] ?? 0);
  if (Number.isNaN(time))
    throw new BadRequestException(`${name}: a time as 2026-01-31T12:00:00Z, a date, or 12h, 7d, 2w`);
  return new Date(time).toISOString();
};

export const flagOf = (query: Query, name: string): boolean => {
  const text = textOf(query, name);
  return text !== undefined && text !== '0' && text !== 'false';
};

export const pageOf = (query: Query): PageRequest => ({
  limit: numberOf(query, 'limit', 1, LARGEST_LIMIT) ?? DEFAULT_LIMIT,
  cursor: textOf(query, 'cursor'),
});

/** @throws BadRequestException for a value that is none of them */
export const oneOf = <T extends string>(query: Query, name: string, values: readonly T[]): T | undefined => {
  const text = textOf(query, name);
  const value = values.find((one) => one === text);
  if (text !== undefined && value === undefined) throw new BadRequestException(`${name}: one of ${values.join(', ')}`);
  return value;
};

export const statusOf = (query: Query): string | undefined => oneOf(query, 'status', STATUSES);

/** The field of a JSON body. @throws BadRequestException unless it is a text that fits */
export const bodyText = (body: unknown, name: string, fits: RegExp, what: string): string => {
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  if (typeof value !== 'string' || !fits.test(value)) throw new BadRequestException(`${name}: ${what}`);
  return value;
};

/**
 * A mapping of names to texts in a JSON body; undefined when it is not there. Numbers and truth values are taken for what
 * they are written like. @throws BadRequestException for anything else
 */
export const bodyTexts = (body: unknown, name: string): Readonly<Record<string, string>> | undefined => {
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  if (value === undefined) return undefined;
  const entries =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined;
  const isText = ([, one]: [string, unknown]): boolean => ['string', 'number', 'boolean'].includes(typeof one);
  if (!entries?.every(isText) || entries.length > MOST_INPUTS)
    throw new BadRequestException(`${name}: a mapping of at most ${MOST_INPUTS} names to texts`);
  return Object.fromEntries(entries.map(([key, one]) => [key, String(one)]));
};

export const notFound = (what: string): NotFoundException => new NotFoundException(`there is no such ${what}`);

export const buildIdOf = (text: string): string => {
  if (!isBuildId(text)) throw notFound('build');
  return text;
};

export const jobIdOf = (text: string): string => {
  if (!isJobId(text)) throw notFound('job');
  return text;
};

export const requestIdOf = (text: string): string => {
  if (!isGuid(text)) throw notFound('request');
  return text.toLowerCase();
};
