import { isMap, isScalar, type YAMLMap } from 'yaml';
import { readEnvironment } from './environment.reader.js';
import { warnOfImage } from './habits.js';
import { ServiceSpec } from './job-spec.js';
import type { JobScopes } from './scopes.js';
import { isEmpty, type Entry, type SpecSource } from './spec-source.js';
import { readText } from './text.reader.js';
import { itemsOf, needed, readFlag, readTexts } from './values.reader.js';
import { spanOf } from './findings.js';
import { shown } from './wording.js';

export const MAX_SERVICES = 20;
const SHOULD = 'must be a mapping with `image`, or the name of an image';

const readCommand = (source: SpecSource, entry: Entry | undefined): string[] | undefined => {
  const words = readTexts(source, entry);
  const [only = ''] = words ?? [];
  if (entry && isScalar(source.resolve(entry.value)) && /\s/.test(only))
    return source.error('WRONG_KIND', entry.value, '`command` is a list of words, each an item of its own');
  if (entry && itemsOf(source, entry).length === 0) source.error('EMPTY', entry.value, '`command` is an empty list');
  return words;
};

const readServiceMapping = (source: SpecSource, entry: Entry, mapping: YAMLMap, scopes: JobScopes) => {
  const known = source.known('service', source.entries(mapping));
  const image = needed(source, known, 'image', mapping, `the service ${shown(entry.key)}`);
  return {
    at: image,
    image: readText(source, image, scopes.image()),
    environment: readEnvironment(source, known.get('environment'), scopes.value('in the `environment` of a service')),
    command: readCommand(source, known.get('command')),
    privileged: readFlag(source, known.get('privileged')),
  };
};

const readService = (source: SpecSource, entry: Entry, scopes: JobScopes): ServiceSpec | undefined => {
  const found = source.resolve(entry.value);
  if (!found) return undefined;
  const what = `the service ${shown(entry.key)}`;
  if (!isMap(found) && (!isScalar(found) || isEmpty(found))) return source.mismatch(found, what, SHOULD);
  const { at, image, ...rest } = isMap(found)
    ? readServiceMapping(source, entry, found, scopes)
    : { at: entry, image: readText(source, entry, scopes.image(), what), environment: new Map<string, string>() };
  if (!at || image === undefined) return undefined;
  const service = new ServiceSpec({ name: entry.key, image, ...rest });
  source.check(service, (property) => (property === 'image' ? spanOf(at.value) : entry.span));
  warnOfImage(source, at.value, image);
  return service;
};

/** Containers beside the job's, by name. */
export const readServices = (source: SpecSource, entry: Entry | undefined, scopes: JobScopes): ServiceSpec[] => {
  const mapping = entry && source.mapping(entry.value, '`services`', 'must be a mapping of names to services');
  const entries = mapping ? source.entries(mapping) : [];
  const tooMany = entries[MAX_SERVICES];
  if (tooMany) source.findings.error('TOO_MANY', tooMany.span, `a job has at most ${MAX_SERVICES} services`);
  return entries.slice(0, MAX_SERVICES).flatMap((service) => readService(source, service, scopes) ?? []);
};
