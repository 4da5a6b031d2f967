import { UnusableExchange } from '#errors';
import type { Exchange } from './executor/index.js';

/** Of what a job hands on to its dependants: it becomes part of an event. */
const MAX_OUTPUT_BYTES = 64 * 1024;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What decides which programs are run, or is Cairn's own. */
const REFUSED = /^(CAIRN(_.*)?|PATH|HOME|LD_.*)$/;

const utf8 = new TextDecoder('utf-8', { fatal: true });

const textOf = (variable: string, bytes: Buffer): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new UnusableExchange(variable, 'it is not text in UTF-8');
  }
};

/** `KEY=value` lines; of a key that comes twice the last counts. Empty lines say nothing. */
const pairs = (variable: string, bytes: Buffer, isRefused: (name: string) => boolean): Map<string, string> => {
  const found = new Map<string, string>();
  for (const [index, line] of textOf(variable, bytes).split('\n').entries()) {
    if (line.trim() === '') continue;
    const equals = line.indexOf('=');
    const name = line.slice(0, Math.max(0, equals));
    if (!NAME.test(name))
      throw new UnusableExchange(
        variable,
        `line ${index + 1} is not of the form KEY=value, KEY being a variable's name`,
      );
    if (isRefused(name)) throw new UnusableExchange(variable, `line ${index + 1}: ${name} cannot be set`);
    if (line.includes('\0')) throw new UnusableExchange(variable, `line ${index + 1} has a NUL character`);
    found.set(name, line.slice(equals + 1));
  }
  return found;
};

/** The variables that later steps get. @throws UnusableExchange */
export const environmentFrom = ({ environment }: Exchange): ReadonlyMap<string, string> =>
  pairs('CAIRN_ENV', environment, (name) => REFUSED.test(name));

/** What dependants see as `needs.<job>.<KEY>`. @throws UnusableExchange */
export const outputsFrom = ({ outputs }: Exchange): ReadonlyMap<string, string> => {
  if (outputs.length > MAX_OUTPUT_BYTES)
    throw new UnusableExchange('CAIRN_OUTPUT', `it has more than ${MAX_OUTPUT_BYTES} bytes`);
  return pairs('CAIRN_OUTPUT', outputs, () => false);
};
