import type { SpecCode } from './codes.js';
import { cureOf } from './foreign-keys.js';
import { homeOf, keysOf, LEVELS, type Level } from './keys.js';
import { didYouMean, listed, nearest, shown } from './wording.js';

const MAX_LISTED = 8;

export type Complaint = Readonly<{ code: SpecCode; message: string; suggestion?: string }>;

const namesOf = (keys: readonly string[]): string => {
  if (keys.length <= MAX_LISTED) return listed(keys);
  const first = keys.slice(0, MAX_LISTED).map((key) => `\`${key}\``);
  return `${first.join(', ')} and others; see docs/spec.md`;
};

const foreign = (level: Level, key: string): Complaint | undefined => {
  const cure = cureOf(level, key);
  if (!cure) return undefined;
  const message = `unknown key ${shown(key)} ${LEVELS[level].place}; ${cure.how ?? `it is called \`${cure.use}\` here`}`;
  return { code: 'FOREIGN_KEY', message, ...(cure.use === undefined ? {} : { suggestion: cure.use }) };
};

/** What is wrong with a key on a level; undefined for a key that belongs there. */
export const complaintAbout = (level: Level, key: string): Complaint | undefined => {
  const keys = keysOf(level);
  if (keys.includes(key)) return undefined;
  const translated = foreign(level, key);
  if (translated) return translated;
  const { place } = LEVELS[level];
  const home = homeOf(key);
  if (home !== undefined) {
    const message = `\`${key}\` does not belong ${place}; it belongs ${LEVELS[home].place}`;
    return { code: 'MISPLACED_KEY', message };
  }
  const suggestion = nearest(key, keys);
  const choice = didYouMean(key, keys) || `; the keys here are ${namesOf(keys)}`;
  const message = `unknown key ${shown(key)} ${place}${choice}`;
  return { code: 'UNKNOWN_KEY', message, ...(suggestion === undefined ? {} : { suggestion }) };
};
