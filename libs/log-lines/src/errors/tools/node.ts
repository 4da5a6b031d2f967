import { type Place, placeOf } from '../../places/place.js';
import type { Rest, Tool } from '../recogniser.js';

const ERROR = /^\s*(?:Uncaught |\[)?((?:[A-Z]\w*)?Error(?: \[\w+\])?: .+)$/;
const FRAME = /^\s+at (?:.* \()?((?:file:\/\/)?[^\s():]+):(\d+):(\d+)\)?(?: \{)?$/;
const TRACE = /^\s+at |^\s+\.\.\. \d+ lines|^\s+\[(?:cause|errors)\]:|^\s+[\w[\]']+: |^\s*[}\]],?$/;
/** Where Node stopped, before the code and the error itself. */
const STOPPED = /^((?:file:\/\/)?\/[^\s:]+):(\d+)$/;
/** Between the two: the code, marks below it, nothing. */
const MARKS = /^\s*\^+$/;
const WARNING = /^\(node:\d+\) (?:\[\w+\] )?(\w*Warning: .*)$/;

const WORTH_A_LOOK = /Error|^\(node:|^(?:file:\/\/)?\//;

const outside = (path: string): boolean => path.includes('node_modules/') || path.startsWith('node:');

const stack = (first: string | undefined, stopped: Place | undefined): Rest => {
  let message = first;
  let place = stopped;
  let frames = 0;
  let lines = 0;
  return {
    take: (line) => {
      if (message === undefined) {
        lines += 1;
        if (lines > 2) message = ERROR.exec(line)?.[1];
        const expected = lines === 1 || (lines === 2 ? MARKS.test(line) : message !== undefined || line === '');
        return expected ? 'more' : 'other';
      }
      if (!TRACE.test(line)) return 'other';
      frames += 1;
      const [, path = '', at, column] = FRAME.exec(line) ?? [];
      if (!outside(path) && (!place || place.column === undefined)) place = placeOf(path, at, column) ?? place;
      return 'more';
    },
    facts: () =>
      message === undefined
        ? undefined
        : { severity: 'error', tool: frames > 0 || stopped ? 'node' : 'generic', message, place },
  };
};

/** Node.js: an error with its stack; one without is of whoever wrote it. */
export const node: Tool = () => (line) => {
  if (!WORTH_A_LOOK.test(line)) return undefined;
  const message = ERROR.exec(line)?.[1];
  if (message !== undefined) return stack(message, undefined);
  const warning = WARNING.exec(line)?.[1];
  if (warning !== undefined) return { severity: 'warning', tool: 'node', message: warning };
  const [, path, at] = STOPPED.exec(line) ?? [];
  const place = placeOf(path, at);
  return place && stack(undefined, place);
};
