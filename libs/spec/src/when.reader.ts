import { expressionsOf, parseTemplate, readTemplate, type Expression } from '#expression';
import { isMap, isScalar } from 'yaml';
import { readGlobs } from './globs.reader.js';
import { EVENTS } from './on-spec.js';
import type { LazyScope } from './scopes.js';
import type { Entry, SpecSource } from './spec-source.js';
import { reportFaults } from './text.reader.js';
import { itemsOf, readChoice } from './values.reader.js';
import { STATUSES, type WhenSpec } from './when.js';

const SHOULD = 'must be a mapping like `{branch: main}`, or one expression in `${{ … }}`';

const EVENTS_ELSEWHERE = {
  merge_request: 'pull_request',
  merge_request_event: 'pull_request',
  pr: 'pull_request',
  pull: 'pull_request',
  cron: 'schedule',
  workflow_dispatch: 'manual',
  web: 'manual',
  release: 'tag',
} as const;

const STATUSES_ELSEWHERE = { success: 'passed', failure: 'failed', canceled: 'cancelled' } as const;

const readChoices = <T extends string>(
  source: SpecSource,
  entry: Entry | undefined,
  choices: readonly T[],
  aliases: Readonly<Record<string, T>>,
): T[] | undefined => {
  if (!entry) return undefined;
  const nodes = itemsOf(source, entry);
  if (nodes.length === 0 && source.resolve(entry.value))
    source.error('EMPTY', entry.value, `\`${entry.key}\` is an empty list, which nothing fits`);
  return [...new Set(nodes.flatMap((node) => readChoice(source, node, `\`${entry.key}\``, choices, aliases) ?? []))];
};

const readExpression = (source: SpecSource, entry: Entry, scope: LazyScope): Expression | undefined => {
  const text = source.words(entry.value, '`when`', SHOULD)?.trim();
  if (text === undefined) return undefined;
  const result = readTemplate(text, scope());
  if (!result.ok) {
    reportFaults(source, entry.value, text, result.faults);
    return undefined;
  }
  const [expression] = expressionsOf(result.value);
  if (expression && result.value.length === 1) return expression;
  const cure = parseTemplate(`\${{ ${text} }}`).ok && !text.includes('${{') ? `; write it as \`\${{ ${text} }}\`` : '';
  const message = `\`when\` as a text is one expression from \`\${{\` to \`}}\`, with nothing around it${cure}`;
  return source.error('WHEN_EXPRESSION', entry.value, message);
};

/** `when` of a job or a step; `scope`: what its expression may use. */
export const readWhen = (source: SpecSource, entry: Entry | undefined, scope: LazyScope): WhenSpec | undefined => {
  const found = entry && source.resolve(entry.value);
  if (!entry || !found) return undefined;
  const { line } = source.placeOf(entry.value);
  if (isScalar(found) && found.value !== null) return { line, expression: readExpression(source, entry, scope) };
  if (!isMap(found)) return source.mismatch(found, '`when`', SHOULD);
  const known = source.known('when', source.entries(found));
  const event = known.get('event');
  const events = readChoices(source, event, EVENTS, EVENTS_ELSEWHERE);
  return {
    line,
    event: event && events && { line: source.placeOf(event.value).line, names: events },
    branch: readGlobs(source, known.get('branch')),
    tag: readGlobs(source, known.get('tag')),
    base: readGlobs(source, known.get('base')),
    paths: readGlobs(source, known.get('paths')),
    status: readChoices(source, known.get('status'), STATUSES, STATUSES_ELSEWHERE),
  };
};
