import type { Value } from './values.js';

/** How each function is called, and what it says; for messages and the docs. */
export const FUNCTIONS = {
  contains: { usage: 'contains(text, part)', arity: [2, 2], says: 'whether the text has the part in it' },
  startsWith: { usage: 'startsWith(text, start)', arity: [2, 2], says: 'whether the text begins so' },
  endsWith: { usage: 'endsWith(text, end)', arity: [2, 2], says: 'whether the text ends so' },
  passed: { usage: 'passed()', arity: [0, 0], says: 'whether all that came before has passed' },
  failed: { usage: 'failed()', arity: [0, 0], says: 'whether something that came before has failed' },
  always: { usage: 'always()', arity: [0, 0], says: '`true`, whatever came before' },
  hash: { usage: "hash('glob', …)", arity: [1, Infinity], says: 'a hash of the files that match' },
} as const;
export type FunctionName = keyof typeof FUNCTIONS;

/** Those that say how things stand: only where that is known. */
export const STATUS_FUNCTIONS = ['passed', 'failed', 'always'] as const satisfies readonly FunctionName[];
/** Those that are the same everywhere. */
export const TEXT_FUNCTIONS = ['contains', 'startsWith', 'endsWith'] as const satisfies readonly FunctionName[];

/**
 * What the place gives: each only where `check` allowed it. `hash` gets the globs as written; who needs to read files
 * for it does so before, for each list of `usesOf(…).hashes`.
 */
export type Functions = Readonly<{
  passed?: () => boolean;
  failed?: () => boolean;
  hash?: (globs: readonly string[]) => string;
}>;

export const isFunction = (name: string): name is FunctionName => Object.hasOwn(FUNCTIONS, name);

/** What a function says of these arguments; undefined when the place does not give it. */
export const callFunction = (name: string, args: readonly string[], functions: Functions): Value | undefined => {
  const [text = '', part = ''] = args;
  switch (name) {
    case 'contains':
      return occursIn(text, part);
    case 'startsWith':
      return text.startsWith(part);
    case 'endsWith':
      return text.endsWith(part);
    case 'always':
      return true;
    case 'passed':
    case 'failed':
      return functions[name]?.();
    case 'hash':
      return functions.hash?.(args);
    default:
      return undefined;
  }
};

/** As `text.includes(part)`, in linear time whatever the two are (Knuth, Morris, Pratt). */
const occursIn = (text: string, part: string): boolean => {
  if (part === '') return true;
  const borders = new Int32Array(part.length); // of each beginning of `part`: the longest of its ends that begins it
  let matched = 0;
  for (let i = 1; i < part.length; i++) {
    while (matched > 0 && part[i] !== part[matched]) matched = borders[matched - 1] ?? 0;
    if (part[i] === part[matched]) matched++;
    borders[i] = matched;
  }
  matched = 0;
  for (let i = 0; i < text.length; i++) {
    while (matched > 0 && text[i] !== part[matched]) matched = borders[matched - 1] ?? 0;
    if (text[i] === part[matched]) matched++;
    if (matched === part.length) return true;
  }
  return false;
};
