import { keysOf, LEVELS, type Level } from '../keys.js';
import { DESCRIPTIONS } from './descriptions.js';
import type { JsonSchema } from './json-schema.js';
import { AXIS, AXIS_VALUES, CONDITION, OTHERS, REQUIRED, SHAPES } from './shapes.js';

type Schemas = Readonly<Record<string, JsonSchema>>;

const ONE_NAME: JsonSchema = { not: { required: ['steps', 'execute'] } };
const SOMETHING_TO_RUN: JsonSchema = { anyOf: [{ required: ['steps'] }, { required: ['execute'] }] };

/** The given keys with their values and what an editor says about them. */
const properties = (level: Level, keys: readonly string[]): Schemas => {
  const [shapes, descriptions] = [SHAPES[level] as Schemas, DESCRIPTIONS[level] as Readonly<Record<string, string>>];
  return Object.fromEntries(keys.map((key) => [key, { description: descriptions[key] ?? '', ...shapes[key] }]));
};

const mapping = (level: Level): JsonSchema => {
  const required = REQUIRED[level];
  return {
    type: 'object',
    properties: properties(level, LEVELS[level].keys),
    additionalProperties: false,
    ...(required && { required }),
  };
};

const definitions = (): Schemas => {
  const levels = (Object.keys(LEVELS) as Level[]).filter((level) => level !== 'pipeline');
  return {
    ...OTHERS,
    ...Object.fromEntries(levels.map((level) => [level, mapping(level)])),
    on: { ...mapping('on'), minProperties: 1 },
    job: { ...mapping('job'), allOf: [ONE_NAME, SOMETHING_TO_RUN] },
    when: { anyOf: [CONDITION, mapping('when')] },
    matrix: { ...mapping('matrix'), patternProperties: { [AXIS]: AXIS_VALUES } },
  };
};

/** What `.cairn.yml` may be, for editors and other programs, from the same tables and rules as the parser's. */
export const specSchema = (): JsonSchema => {
  const own = LEVELS.pipeline.keys;
  const shortForm = keysOf('pipeline').filter((key) => !(own as readonly string[]).includes(key));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: '.cairn.yml',
    description: 'What Cairn does with each commit of a repository.',
    type: 'object',
    properties: { ...properties('pipeline', own), ...properties('job', shortForm) },
    patternProperties: { '^(?:x-|\\.)': {} },
    additionalProperties: false,
    allOf: [ONE_NAME],
    if: { required: ['jobs'] },
    then: { propertyNames: { pattern: `^(?:${own.join('|')}|x-.*|\\..*)$` } },
    else: SOMETHING_TO_RUN,
    definitions: definitions(),
  };
};
