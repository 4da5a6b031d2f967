import { type Place, placeOf } from '../../places/place.js';
import type { Rest, Tool } from '../recogniser.js';

const TRACEBACK = /^(\s*)Traceback \(most recent call last\):$/;
const FRAME = /^\s*File "([^"]+)", line (\d+)(?:, in .*)?$/;
const EXCEPTION = /^([A-Za-z_][\w.]*)(?:: (.*))?$/;
const SYNTAX = /^(\w*(?:SyntaxError|IndentationError|TabError): .*)$/;
const CHAIN = /^(?:The above exception was the direct cause|During handling of the above exception)/;
const WARNING = /^\s*([^\s:]+\.py):(\d+): (\w*Warning: .*)$/;
const WORTH_A_LOOK = /Traceback|File "|Warning: /;
const LIBRARY = /\/(?:site|dist)-packages\/|\/lib\/python\d/;

/** The place nearest to the mistake that is code of the workspace. */
const nearer = (line: string, known: Place | undefined): Place | undefined => {
  const [, path = '', at] = FRAME.exec(line) ?? [];
  return (LIBRARY.test(path) ? undefined : placeOf(path, at)) ?? known;
};

/** A traceback, and those of the exceptions that came of it: what was raised in the end is the error. */
const traceback = (indent: string): Rest => {
  let message: string | undefined;
  let place: Place | undefined;
  let state: 'frames' | 'after' | 'chained' = 'frames';
  return {
    take: (indented) => {
      const line = indented.startsWith(indent) ? indented.slice(indent.length) : indented;
      if (state !== 'frames') {
        if (state === 'chained' && TRACEBACK.test(line)) [state, place] = ['frames', undefined];
        else if (CHAIN.test(line)) state = 'chained';
        else if (line.trim() !== '') return 'other';
        return 'more';
      }
      place = nearer(line, place);
      if (/^\s/.test(line) || line === '') return 'more';
      const [whole] = EXCEPTION.exec(line) ?? [];
      if (whole === undefined) return 'other';
      [message, state] = [whole, 'after'];
      return 'more';
    },
    facts: () => (message === undefined ? undefined : { severity: 'error', tool: 'python', message, place }),
  };
};

const syntax = (place: Place | undefined): Rest => {
  let message: string | undefined;
  let lines = 0;
  return {
    take: (line) => {
      message = SYNTAX.exec(line)?.[1];
      lines += 1;
      if (message !== undefined) return 'last';
      return /^\s/.test(line) && lines < 5 ? 'more' : 'other';
    },
    facts: () => (message === undefined ? undefined : { severity: 'error', tool: 'python', message, place }),
  };
};

/** Python: tracebacks, mistakes of syntax, warnings of the module `warnings`. */
export const python: Tool = () => (line) => {
  if (!WORTH_A_LOOK.test(line)) return undefined;
  const indent = TRACEBACK.exec(line)?.[1];
  if (indent !== undefined) return traceback(indent);
  const [frame, file, number] = FRAME.exec(line) ?? [];
  if (frame !== undefined) return syntax(placeOf(file, number));
  const [, path, at, message] = WARNING.exec(line) ?? [];
  return message === undefined ? undefined : { severity: 'warning', tool: 'python', message, place: placeOf(path, at) };
};
