import { type Place, placeOf } from '../../places/place.js';
import type { Rest, Tool } from '../recogniser.js';

const HEADING = /^ {2}● (\S.*)$/;
const FRAME = /^\s+at (?:\S.* \()?([^\s()]+):(\d+):(\d+)\)?$/;
const COMPARED = /^\s+(?:Expected|Received)\b.*: \S/;

const section = (title: string): Rest => {
  const message: string[] = [];
  let place: Place | undefined;
  let lines = 0;
  return {
    take: (line) => {
      lines += 1;
      if (lines === 1 && line !== '') return 'other'; // a list of somebody else's
      if (line !== '' && !line.startsWith('    ')) return 'other';
      if (line.trim() === '') return 'more';
      const [, path, at, column] = FRAME.exec(line) ?? [];
      if (path !== undefined && !path.includes('node_modules/')) place ??= placeOf(path, at, column);
      else if (message.length === 0 || (message.length < 3 && COMPARED.test(line))) message.push(line.trim());
      return 'more';
    },
    facts: () =>
      message.length === 0
        ? undefined
        : { severity: 'error', tool: 'jest', message: [`${title}:`, ...message].join(' '), place },
  };
};

/** Jest: a heading for each test that failed, then why, the code around, and the stack. */
export const jest: Tool = () => (line) => {
  const title = HEADING.exec(line)?.[1];
  return title === undefined || /^Console\b/.test(title) ? undefined : section(title);
};
