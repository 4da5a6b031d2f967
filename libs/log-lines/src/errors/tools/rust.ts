import { type Place, placeOf } from '../../places/place.js';
import { saysNothing } from '../says-nothing.js';
import type { Facts, Rest, Tool } from '../recogniser.js';

const DIAGNOSTIC = /^(error|warning)(\[E\d+\])?: (.*)$/;
const ARROW = /^\s*--> (\S+):(\d+):(\d+)$/;
const SNIPPET = /^\s*(?:\d+\s*\||\||=|\.\.\.|:::|-->)|^(?:help|note): /;
/** Counts of what was told before. */
const SUMMARY =
  /^(?:warning: .* generated \d+ warnings?|error: (?:could not compile|aborting due to|test failed, to rerun|\d+ targets? failed))\b/;
const PANIC = /^thread '(.*)' (?:\(\d+\) )?panicked at (?:'(.*)', )?(\S+):(\d+):(\d+):?$/;
const TRACE = /^\s+(?:\d+: |at )|^stack backtrace:|^\s*(?:left|right): |^note: /;

/** Without an arrow below it, it may be of any tool. */
const diagnostic = (severity: Facts['severity'], code: string, message: string): Rest => {
  let place: Place | undefined;
  let tool = code === '' ? 'generic' : 'rustc';
  return {
    take: (line) => {
      const [arrow, path, at, column] = ARROW.exec(line) ?? [];
      if (arrow !== undefined) {
        tool = 'rustc';
        place ??= placeOf(path, at, column);
        return 'more';
      }
      return tool === 'rustc' && SNIPPET.test(line) ? 'more' : 'other';
    },
    facts: () => ({ severity, tool, message: message + code.replace(/^\[(.*)\]$/, ' ($1)'), place }),
  };
};

const panic = (thread: string, told: string | undefined, place: Place | undefined): Rest => {
  let message = told;
  return {
    take: (line) => {
      if (message !== undefined) return TRACE.test(line) ? 'more' : 'other';
      message = line;
      return 'more';
    },
    facts: () => ({ severity: 'error', tool: 'rust', message: `${thread}: ${message ?? 'panicked'}`, place }),
  };
};

/** rustc and cargo: diagnostics with an arrow to the place; panics of tests and programs. */
export const rust: Tool = () => (line) => {
  if (SUMMARY.test(line)) return 'understood';
  const [, severity, code = '', message] = DIAGNOSTIC.exec(line) ?? [];
  if (message && !(code === '' && saysNothing(message)))
    return diagnostic(severity === 'error' ? 'error' : 'warning', code, message);
  const [, thread, told, path, at, column] = PANIC.exec(line) ?? [];
  return thread === undefined ? undefined : panic(thread, told, placeOf(path, at, column));
};
