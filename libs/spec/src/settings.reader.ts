import type { CloneTemplate, Resources } from '#events';
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { spanOf } from './findings.js';
import { ConcurrencySpec, NotifySpec, SecretName } from './job-spec.js';
import type { JobScopes } from './scopes.js';
import type { Entry, SpecSource } from './spec-source.js';
import { checkText, readText } from './text.reader.js';
import { itemsOf, needed, readBoolean, readChoice, readFlag, readInteger, readSize } from './values.reader.js';
import { shown } from './wording.js';

export const MAX_RETRIES = 10;
export const MAX_CPUS = 1_024;
export const MAX_DEPTH = 1_000_000;

export type Retries = Readonly<{ commandRetries?: number; infrastructureRetries?: number }>;

/** A number is that of `command`. */
export const readRetry = (source: SpecSource, entry: Entry | undefined): Retries => {
  const found = entry && source.resolve(entry.value);
  if (!entry || !found) return {};
  if (isSeq(found)) {
    source.mismatch(found, '`retry`', 'must be a number, or a mapping with `command` or `infrastructure`');
    return {};
  }
  if (isScalar(found)) return { commandRetries: readInteger(source, entry, 0, MAX_RETRIES) };
  const known = source.known('retry', source.entries(found));
  return {
    commandRetries: readInteger(source, known.get('command'), 0, MAX_RETRIES),
    infrastructureRetries: readInteger(source, known.get('infrastructure'), 0, MAX_RETRIES),
  };
};

export const readStepRetry = (source: SpecSource, entry: Entry | undefined): number | undefined =>
  readInteger(source, entry, 0, MAX_RETRIES);

/** Names of secrets, each once. */
export const readSecrets = (source: SpecSource, entry: Entry | undefined): string[] => {
  const names = itemsOf(source, entry).flatMap((node) => {
    const name = source.words(node, '`secrets`', 'must be the name of a secret, or a list of names');
    if (name === undefined || !checkText(source, node, name, '`secrets`')) return [];
    source.checkOnce('secret', name, () => new SecretName(name), spanOf(node));
    return [name];
  });
  return [...new Set(names)];
};

/** The pool. A list may have one: runners are told apart by nothing else yet. */
export const readRunsOn = (source: SpecSource, entry: Entry | undefined, scopes: JobScopes): string | undefined => {
  const found = entry && source.resolve(entry.value);
  if (!entry || !found) return undefined;
  const nodes = itemsOf(source, entry);
  if (nodes.length !== 1)
    return source.error('TOO_MANY', found, '`runs_on` names one pool of runners; write only one name');
  const [node] = nodes as [Node];
  return readText(source, { ...entry, value: node }, scopes.planned('in `runs_on`'));
};

const readCpus = (source: SpecSource, entry: Entry | undefined): number | undefined => {
  const found = entry && source.resolve(entry.value);
  if (!entry || !found) return undefined;
  if (!isScalar(found)) return source.mismatch(found, '`cpus`', 'must be a number');
  const { value, source: text = '' } = found;
  if (typeof value === 'number' && /^\d{1,4}(?:\.\d{1,3})?$/.test(text) && value > 0 && value <= MAX_CPUS) return value;
  const message = `\`cpus\` must be a number above 0 and up to ${MAX_CPUS}, like \`2\` or \`0.5\`, but is ${shown(text)}`;
  return source.error('NUMBER', found, message);
};

export const readResources = (source: SpecSource, entry: Entry | undefined): Resources | undefined => {
  const mapping = entry && source.mapping(entry.value, '`resources`', 'must be a mapping with `cpus` or `memory`');
  if (!mapping) return undefined;
  const known = source.known('resources', source.entries(mapping));
  const [cpus, memoryBytes] = [readCpus(source, known.get('cpus')), readSize(source, known.get('memory'))];
  return { ...(cpus === undefined ? {} : { cpus }), ...(memoryBytes === undefined ? {} : { memoryBytes }) };
};

/** The name of a group, or a mapping with it. */
export const readConcurrency = (
  source: SpecSource,
  entry: Entry | undefined,
  scopes: JobScopes,
): ConcurrencySpec | undefined => {
  const found = entry && source.resolve(entry.value);
  if (!entry || !found) return undefined;
  const known = isMap(found) ? source.known('concurrency', source.entries(found)) : undefined;
  const at = known && isMap(found) ? needed(source, known, 'group', found, '`concurrency`') : entry;
  const group = readText(source, at, scopes.planned('in the name of a group'));
  const cancel = readBoolean(source, known?.get('cancel')) ?? false;
  if (!at || group === undefined) return undefined;
  const concurrency = new ConcurrencySpec(group, cancel);
  source.check(concurrency, () => spanOf(at.value));
  return concurrency;
};

/** `false`, or a mapping. */
export const readClone = (source: SpecSource, entry: Entry | undefined): CloneTemplate | undefined => {
  const found = entry && source.resolve(entry.value);
  if (!entry || !found) return undefined;
  if (isScalar(found) && found.value === false) return false;
  if (!isMap(found))
    return source.mismatch(found, '`clone`', 'must be `false`, or a mapping with `depth`, `submodules` or `lfs`');
  const known = source.known('clone', source.entries(found));
  const depth = readInteger(source, known.get('depth'), 0, MAX_DEPTH);
  const [submodules, lfs] = [readFlag(source, known.get('submodules')), readFlag(source, known.get('lfs'))];
  return { ...(depth === undefined ? {} : { depth }), ...(submodules && { submodules }), ...(lfs && { lfs }) };
};

export const NOTIFY_ON = ['always', 'failure', 'change'] as const;
const NOTIFY_ELSEWHERE = {
  failed: 'failure',
  on_failure: 'failure',
  changed: 'change',
  on_change: 'change',
  all: 'always',
} as const;

const readNotified = (source: SpecSource, node: Node): NotifySpec | undefined => {
  const found = source.resolve(node);
  if (!found) return undefined;
  const known = isMap(found) ? source.known('notify', source.entries(found)) : undefined;
  const at = known && isMap(found) ? needed(source, known, 'to', found, '`notify`')?.value : node;
  const to = at && source.words(at, '`notify`', 'must be who is told, or a mapping with `to` and `on`');
  const on = known?.get('on');
  const when = (on && readChoice(source, on.value, '`on`', NOTIFY_ON, NOTIFY_ELSEWHERE)) ?? 'failure';
  if (!at || to === undefined || !checkText(source, at, to, '`notify`')) return undefined;
  const notified = new NotifySpec(to, when);
  source.check(notified, () => spanOf(at));
  return notified;
};

export const readNotify = (source: SpecSource, entry: Entry | undefined): NotifySpec[] =>
  itemsOf(source, entry).flatMap((node) => readNotified(source, node) ?? []);
