import type { CacheTemplate } from '#events';
import { isMap, type Node } from 'yaml';
import { readGlobs } from './globs.reader.js';
import type { JobScopes, LazyNames } from './scopes.js';
import { type Entry, type SpecSource } from './spec-source.js';
import { checkText, readText } from './text.reader.js';
import { itemsOf, needed } from './values.reader.js';

export const MAX_CACHES = 20;
const MAX_KEY = 500;

const readKey = (source: SpecSource, entry: Entry | undefined, scopes: JobScopes, environment: LazyNames) => {
  const text = readText(source, entry, scopes.key(environment));
  if (entry && text !== undefined && (text.length > MAX_KEY || /\p{Cc}/u.test(text)))
    return source.error('TOO_LONG', entry.value, `the key of a cache is one line of at most ${MAX_KEY} characters`);
  return text;
};

const readCache = (source: SpecSource, node: Node, scopes: JobScopes, environment: LazyNames) => {
  const mapping = source.mapping(node, 'a cache', 'must be a mapping with `key` and `paths`');
  if (!mapping) return undefined;
  const known = source.known('cache', source.entries(mapping));
  const key = readKey(source, needed(source, known, 'key', mapping, 'a cache'), scopes, environment);
  const paths = needed(source, known, 'paths', mapping, 'a cache');
  const restore = known.get('restore_keys');
  const cache: CacheTemplate = {
    key: key ?? '',
    restoreKeys: itemsOf(source, restore).flatMap((value) => {
      const text = source.words(value, '`restore_keys`');
      return text !== undefined && checkText(source, value, text, '`restore_keys`', scopes.key(environment))
        ? text
        : [];
    }),
    paths: itemsOf(source, paths).flatMap((value) => {
      const text = source.words(value, '`paths`');
      return text !== undefined && checkText(source, value, text, '`paths`') ? text : [];
    }),
  };
  if (paths && cache.paths.length === 0 && itemsOf(source, paths).length === 0)
    source.error('EMPTY', paths.value, '`paths` is an empty list: nothing would be kept');
  return cache;
};

/** What is kept from one build for the next. */
export const readCaches = (
  source: SpecSource,
  entry: Entry | undefined,
  scopes: JobScopes,
  environment: LazyNames,
): CacheTemplate[] => {
  const nodes = itemsOf(source, entry);
  const tooMany = nodes[MAX_CACHES];
  if (tooMany) source.error('TOO_MANY', tooMany, `a job has at most ${MAX_CACHES} caches`);
  return nodes.slice(0, MAX_CACHES).flatMap((node) => readCache(source, node, scopes, environment) ?? []);
};

/** Patterns of files that a job leaves behind. */
export const readArtifacts = (source: SpecSource, entry: Entry | undefined): readonly string[] =>
  readGlobs(source, entry)?.patterns ?? [];

export const readReports = (source: SpecSource, entry: Entry | undefined): { junit: readonly string[] } | undefined => {
  const found = entry && source.resolve(entry.value);
  if (!entry || !found) return undefined;
  if (!isMap(found)) return source.mismatch(found, '`reports`', 'must be a mapping like `{junit: [reports/*.xml]}`');
  const junit = needed(source, source.known('reports', source.entries(found)), 'junit', found, '`reports`');
  return junit && { junit: readGlobs(source, junit)?.patterns ?? [] };
};
