import type { Node } from 'yaml';
import { INPUT_TYPES, InputSpec, type InputType } from './on-spec.js';
import { faultOfInput } from './inputs.js';
import type { Entry, SpecSource } from './spec-source.js';
import { checkText } from './text.reader.js';
import { isEmpty } from './spec-source.js';
import { itemsOf, readChoice, readFlag } from './values.reader.js';
import { shown } from './wording.js';

export const MAX_INPUTS = 100;
const MAX_DESCRIPTION = 1_000;
const TYPES_ELSEWHERE = {
  text: 'string',
  bool: 'boolean',
  integer: 'number',
  select: 'choice',
  enum: 'choice',
} as const;

/** A text as it is written, empty or not. */
const readPlain = (source: SpecSource, node: Node, what: string): string | undefined => {
  const text = source.scalar(node, what);
  return text !== undefined && checkText(source, node, text, what) ? text : undefined;
};

const readOptions = (source: SpecSource, entry: Entry | undefined, type: InputType, at: Entry): string[] => {
  if (!entry) {
    if (type === 'choice')
      source.findings.error('MISSING_KEY', at.span, `the input ${shown(at.key)} is a choice; it needs \`options\``);
    return [];
  }
  if (type !== 'choice')
    source.findings.error('MISPLACED_KEY', entry.span, '`options` belongs to an input of `type: choice`');
  const options = itemsOf(source, entry).flatMap((node) => readPlain(source, node, 'an option') ?? []);
  if (options.length === 0) source.error('EMPTY', entry.value, '`options` is an empty list; write at least one');
  return [...new Set(options)];
};

const readInput = (source: SpecSource, entry: Entry): InputSpec => {
  const { key: name, span, value } = entry;
  const found = source.resolve(value);
  const mapping =
    found && !isEmpty(found) ? source.mapping(found, `the input ${shown(name)}`, 'must be a mapping') : undefined;
  const known = mapping ? source.known('input', source.entries(mapping)) : new Map<string, Entry>();
  const [type, description, standard] = [known.get('type'), known.get('description'), known.get('default')];
  const kind = (type && readChoice(source, type.value, '`type`', INPUT_TYPES, TYPES_ELSEWHERE)) ?? 'string';
  const text = description && readPlain(source, description.value, '`description`');
  if (description && text !== undefined && text.length > MAX_DESCRIPTION)
    source.error('TOO_LONG', description.value, `a description has at most ${MAX_DESCRIPTION} characters`);
  const input = new InputSpec({
    name,
    type: kind,
    description: text,
    default: standard && readPlain(source, standard.value, '`default`'),
    required: readFlag(source, known.get('required')),
    options: readOptions(source, known.get('options'), kind, entry),
  });
  source.check(input, () => span);
  const fault = input.default === undefined ? undefined : faultOfInput(input, input.default);
  if (standard && fault !== undefined) source.error('INPUT_DEFAULT', standard.value, `the default ${fault}`);
  return input;
};

/** Name → what is asked for. */
export const readInputSpecs = (source: SpecSource, entry: Entry | undefined): ReadonlyMap<string, InputSpec> => {
  const inputs = new Map<string, InputSpec>();
  const mapping = entry && source.mapping(entry.value, '`inputs`', 'must be a mapping of names to what is asked for');
  const entries = mapping ? source.entries(mapping) : [];
  const tooMany = entries[MAX_INPUTS];
  if (tooMany) source.findings.error('TOO_MANY', tooMany.span, `there are at most ${MAX_INPUTS} inputs`);
  for (const input of entries.slice(0, MAX_INPUTS)) inputs.set(input.key, readInput(source, input));
  return inputs;
};
