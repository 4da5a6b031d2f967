import type { InputSpec } from './on-spec.js';
import type { Pipeline } from './pipeline.js';
import { didYouMean, listed, shown } from './wording.js';

const MAX_INPUT = 10_000;
const DECIMAL = /^-?\d{1,15}(?:\.\d{1,15})?$/;

/** What is wrong with a value of an input: the end of a sentence whose subject it is. */
export const faultOfInput = ({ type, options }: InputSpec, value: string): string | undefined => {
  if (value.includes('\0')) return 'contains a NUL character';
  if (value.length > MAX_INPUT) return `has more than ${MAX_INPUT} characters`;
  if (type === 'boolean' && value !== 'true' && value !== 'false')
    return `is ${shown(value)}; it must be \`true\` or \`false\``;
  if (type === 'number' && !DECIMAL.test(value)) return `is ${shown(value)}; it must be a number`;
  if (type === 'choice' && !options.includes(value))
    return `is ${shown(value)}${didYouMean(value, options) || `; it must be one of ${listed(options)}`}`;
  return undefined;
};

/** What an input is when nobody chose. */
const standardOf = (input: InputSpec): string => {
  if (input.default !== undefined) return input.default;
  if (input.type === 'boolean') return 'false';
  return input.type === 'choice' ? (input.options[0] ?? '') : '';
};

export type ReadInputs = Readonly<
  { inputs: Readonly<Record<string, string>>; faults?: undefined } | { faults: readonly string[]; inputs?: undefined }
>;

/**
 * What a build that is started by hand has as inputs: what was given, checked against `on.manual.inputs`, and the defaults
 * for the rest. `faults`: sentences for whoever gave them.
 */
export const readInputs = (pipeline: Pipeline, given: Readonly<Record<string, string>>): ReadInputs => {
  const declared = pipeline.on?.inputs ?? new Map<string, InputSpec>();
  const values = new Map(Object.entries(given));
  const faults: string[] = [];
  for (const name of values.keys())
    if (!declared.has(name)) faults.push(`there is no input ${shown(name)}${didYouMean(name, declared.keys())}`);
  const inputs = new Map<string, string>();
  for (const [name, input] of declared) {
    const value = values.get(name);
    const fault = value === undefined ? undefined : faultOfInput(input, value);
    if (fault !== undefined) faults.push(`the input ${shown(name)} ${fault}`);
    if (input.required && (value ?? input.default ?? '') === '') faults.push(`the input ${shown(name)} is required`);
    inputs.set(name, value ?? standardOf(input));
  }
  return faults.length > 0 ? { faults } : { inputs: Object.fromEntries(inputs) };
};

/** What the inputs are in a build that nobody started by hand. */
export const standardInputs = (pipeline: Pipeline): ReadonlyMap<string, string> =>
  new Map([...(pipeline.on?.inputs ?? [])].map(([name, input]) => [name, standardOf(input)]));
