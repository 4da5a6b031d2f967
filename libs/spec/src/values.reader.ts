import { isScalar, isSeq, type Node } from 'yaml';
import { durationMeant, durationOf } from './duration.js';
import type { Entries, Entry, SpecSource } from './spec-source.js';
import { sizeMeant, sizeOf } from './size.js';
import { listed, nearest, shown } from './wording.js';

export const MAX_LIST = 1_000;
const HOUR_MS = 3_600_000;
const MAX_HOURS = 168;

const meant = (text: string | undefined): string => (text === undefined ? '' : `; did you mean \`${text}\`?`);

/** `true` or `false`; undefined when it is not there or something else, which was reported. */
export const readBoolean = (source: SpecSource, entry: Entry | undefined): boolean | undefined => {
  const found = entry && source.resolve(entry.value);
  if (!entry || !found) return undefined;
  if (isScalar(found) && typeof found.value === 'boolean') return found.value;
  if (!isScalar(found)) return source.mismatch(found, `\`${entry.key}\``, 'must be `true` or `false`');
  const word = /^(true|yes|on|y|1)$/i.test(found.source ?? '') ? 'true' : undefined;
  const suggestion = word ?? (/^(false|no|off|n|0)$/i.test(found.source ?? '') ? 'false' : undefined);
  const message = `\`${entry.key}\` must be \`true\` or \`false\`, without quotes${meant(suggestion)}`;
  return source.error('BOOLEAN', found, message, suggestion);
};

/** Only a `true` is worth noting: `false` is what is so without it. */
export const readFlag = (source: SpecSource, entry: Entry | undefined): true | undefined =>
  readBoolean(source, entry) || undefined;

/** A whole number from `least` to `most`. */
export const readInteger = (
  source: SpecSource,
  entry: Entry | undefined,
  least: number,
  most: number,
): number | undefined => {
  const found = entry && source.resolve(entry.value);
  if (!entry || !found) return undefined;
  const should = `must be a whole number from ${least} to ${most}`;
  if (!isScalar(found)) return source.mismatch(found, `\`${entry.key}\``, should);
  const { value, source: text = '' } = found;
  if (typeof value === 'number' && /^\d{1,9}$/.test(text) && value >= least && value <= most) return value;
  return source.error('NUMBER', found, `\`${entry.key}\` ${should}, but is ${shown(text)}`);
};

/** Milliseconds. */
export const readDuration = (source: SpecSource, entry: Entry | undefined): number | undefined => {
  const text = entry && source.words(entry.value, `\`${entry.key}\``, 'must be a duration like `10m`');
  if (!entry || text === undefined) return undefined;
  const duration = durationOf(text);
  const bad = (why: string, suggestion?: string) =>
    source.error('DURATION', source.resolve(entry.value) ?? entry.value, why, suggestion);
  if (duration === undefined) {
    const suggestion = durationMeant(text);
    const fault = /^\d+$/.test(text) ? 'has no unit' : 'is not a duration';
    return bad(`${shown(text)} ${fault}; write it like \`90s\`, \`10m\` or \`1h30m\`${meant(suggestion)}`, suggestion);
  }
  if (duration > 0 && duration <= MAX_HOURS * HOUR_MS) return duration;
  return bad(`\`${entry.key}\` must be from \`1s\` to \`${MAX_HOURS}h\`, but is ${shown(text)}`);
};

/** Bytes. */
export const readSize = (source: SpecSource, entry: Entry | undefined): number | undefined => {
  const text = entry && source.words(entry.value, `\`${entry.key}\``, 'must be a size like `512MiB`');
  if (!entry || text === undefined) return undefined;
  const size = sizeOf(text);
  if (size !== undefined && size > 0) return size;
  const suggestion = size === 0 ? undefined : sizeMeant(text);
  const fault = size === 0 ? 'is nothing' : /^\d+$/.test(text) ? 'has no unit' : 'is not a size';
  const message = `${shown(text)} ${fault}; write it like \`512MiB\` or \`2GiB\`${meant(suggestion)}`;
  return source.error('SIZE', source.resolve(entry.value) ?? entry.value, message, suggestion);
};

/** One of a few words. `aliases`: what others call them. */
export const readChoice = <T extends string>(
  source: SpecSource,
  node: Node,
  what: string,
  choices: readonly T[],
  aliases: Readonly<Record<string, T>> = {},
): T | undefined => {
  const text = source.words(node, what);
  if (text === undefined) return undefined;
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  const alias = Object.hasOwn(aliases, text) ? aliases[text] : undefined;
  const suggestion = alias ?? nearest(text, choices);
  const cure = suggestion === undefined ? `; there are ${listed(choices)}` : meant(suggestion);
  const message = `${shown(text)} is no value of ${what}${cure}`;
  return source.error('CHOICE', source.resolve(node) ?? node, message, suggestion);
};

/** The nodes of a list; a single one stands for a list of it. Reports more than 1,000, and takes none of them. */
export const itemsOf = (source: SpecSource, entry: Entry | undefined): Node[] => {
  const found = entry && source.resolve(entry.value);
  if (!entry || !found) return [];
  if (!isSeq(found)) return [entry.value];
  if (found.items.length <= MAX_LIST) return found.items as Node[];
  source.error('TOO_MANY', found, `\`${entry.key}\` has at most ${MAX_LIST} items`);
  return [];
};

/** Texts that are not empty, one or a list of them; undefined when the entry is not there. */
export const readTexts = (source: SpecSource, entry: Entry | undefined): string[] | undefined =>
  entry && itemsOf(source, entry).flatMap((node) => source.words(node, `\`${entry.key}\``, 'must be a text') ?? []);

/** The entry that must be there; `what` is who needs it. */
export const needed = (
  source: SpecSource,
  entries: Entries,
  key: string,
  node: Node,
  what: string,
): Entry | undefined => {
  const entry = entries.get(key);
  if (!entry) source.error('MISSING_KEY', node, `${what} needs \`${key}\``);
  return entry;
};
