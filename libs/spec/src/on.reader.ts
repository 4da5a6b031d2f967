import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { faultOfCron } from './cron.js';
import { spanOf } from './findings.js';
import { readGlobs } from './globs.reader.js';
import { readInputSpecs } from './inputs.reader.js';
import { EVENTS, OnSpec, type EventRule, type ScheduleSpec } from './on-spec.js';
import { isEmpty, nothingAt, type Entries, type Entry, type SpecSource } from './spec-source.js';
import { itemsOf } from './values.reader.js';
import { shown } from './wording.js';

export const MAX_SCHEDULES = 20;
const SHOULD = `must be one of the events ${EVENTS.join(', ')}, a list of them, or a mapping`;
const NEED_MORE = new Map([['schedule', 'write `schedule: [{cron: "0 3 * * *"}]`']]);

/** The events as entries: `push`, `[push, tag]` and `{push: }` say the same. */
const entriesOf = (source: SpecSource, node: Node): Entry[] => {
  const found = source.resolve(node);
  if (!found) return [];
  if (isMap(found)) return source.entries(found);
  const nodes = isSeq(found) ? (found.items as Node[]) : [node];
  return nodes.flatMap((item) => {
    const key = source.words(
      item,
      isSeq(found) ? 'an event in `on`' : '`on`',
      isSeq(found) ? 'must be a text' : SHOULD,
    );
    if (key === undefined) return [];
    const { start, end } = spanOf(item);
    return [{ key, span: { start, end }, value: nothingAt(end) }];
  });
};

/** The keys of a rule; a rule with nothing in it has none. */
const keysOf = (source: SpecSource, entry: Entry, level: 'on.push' | 'on.pull_request'): Entries => {
  const found = source.resolve(entry.value);
  if (!found || isEmpty(found)) return new Map();
  const mapping = source.mapping(found, `\`${entry.key}\``, 'must be a mapping with `branches` or `paths`, or empty');
  return mapping ? source.known(level, source.entries(mapping)) : new Map();
};

const readRule = (source: SpecSource, entry: Entry | undefined, level: 'on.push' | 'on.pull_request') => {
  if (!entry) return undefined;
  const known = keysOf(source, entry, level);
  const rule: EventRule = {
    place: source.findings.placeOf(entry.span),
    branches: readGlobs(source, known.get('branches')),
    tags: readGlobs(source, known.get('tags')),
    paths: readGlobs(source, known.get('paths')),
  };
  return rule;
};

/** `tag:` alone is every tag; else its patterns. */
const readTag = (source: SpecSource, entry: Entry | undefined): EventRule | undefined => {
  if (!entry) return undefined;
  const all = isEmpty(source.resolve(entry.value));
  return { place: source.findings.placeOf(entry.span), ...(all ? {} : { tags: readGlobs(source, entry) }) };
};

const readSchedule = (source: SpecSource, node: Node): ScheduleSpec | undefined => {
  const mapping = source.mapping(node, 'a schedule', 'must be a mapping like `{cron: "0 3 * * *"}`');
  if (!mapping) return undefined;
  const cron = source.known('on.schedule', source.entries(mapping)).get('cron');
  if (!cron) return source.error('MISSING_KEY', mapping, 'a schedule needs `cron`');
  const text = source.words(cron.value, '`cron`');
  const fault = text === undefined ? undefined : faultOfCron(text);
  if (fault)
    return source.error('CRON', cron.value, `${shown(text ?? '')} is no schedule: ${fault.message}`, fault.suggestion);
  return text === undefined
    ? undefined
    : { cron: text.trim().replace(/\s+/g, ' '), line: source.placeOf(cron.value).line };
};

const readSchedules = (source: SpecSource, entry: Entry | undefined): ScheduleSpec[] => {
  const found = entry && source.resolve(entry.value);
  if (!entry || !found) return [];
  const empty = isEmpty(found) || (isSeq(found) && found.items.length === 0);
  if (empty) source.findings.error('EMPTY', entry.span, `\`schedule\` says when: ${NEED_MORE.get('schedule')}`);
  const nodes = empty ? [] : itemsOf(source, entry);
  const tooMany = nodes[MAX_SCHEDULES];
  if (tooMany) source.error('TOO_MANY', tooMany, `there are at most ${MAX_SCHEDULES} schedules`);
  return nodes.slice(0, MAX_SCHEDULES).flatMap((node) => readSchedule(source, node) ?? []);
};

const readManual = (source: SpecSource, entry: Entry | undefined): OnSpec['inputs'] => {
  const found = entry && source.resolve(entry.value);
  if (!entry || !found || isEmpty(found)) return new Map();
  const mapping = source.mapping(found, '`manual`', 'must be a mapping with `inputs`, or empty');
  return readInputSpecs(source, mapping && source.known('on.manual', source.entries(mapping)).get('inputs'));
};

/** What may begin a build. Undefined when the entry is not there, or is nothing that can be read. */
export const readOn = (source: SpecSource, entry: Entry | undefined): OnSpec | undefined => {
  const found = entry && source.resolve(entry.value);
  if (!entry || !found) return undefined;
  if (isEmpty(found) || (!isScalar(found) && found.items.length === 0))
    return source.error('EMPTY', found, '`on` is empty; leave it out, or name at least one event');
  const known = source.known('on', entriesOf(source, entry.value));
  return new OnSpec({
    place: source.findings.placeOf(entry.span),
    push: readRule(source, known.get('push'), 'on.push'),
    pullRequest: readRule(source, known.get('pull_request'), 'on.pull_request'),
    tag: readTag(source, known.get('tag')),
    schedules: readSchedules(source, known.get('schedule')),
    inputs: readManual(source, known.get('manual')),
  });
};
