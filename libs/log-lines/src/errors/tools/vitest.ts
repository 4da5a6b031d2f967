import { type Place, placeOf } from '../../places/place.js';
import type { Rest, Tool } from '../recogniser.js';

const HEADING = /^\s*FAIL {2}(\S.*)$/;
const FRAME = /^ ❯ (?:.* )?([^\s()]+):(\d+):(\d+)$/;
const END = /^⎯{3,}/;

/** `file > suite > test` or `file [ file ]`: without the file, which is the place already. */
const titleOf = (heading: string): string => {
  const [file = heading, ...names] = heading.replace(/ \[ .* \]$/, '').split(' > ');
  return names.length > 0 ? names.join(' > ') : file;
};

const section = (heading: string): Rest => {
  const title = titleOf(heading);
  let message: string | undefined;
  let place: Place | undefined;
  let sure = false;
  return {
    take: (line) => {
      if (END.test(line)) {
        sure = true;
        return 'last';
      }
      if (HEADING.test(line) || line.startsWith('  ● ')) return 'other'; // the latter: Jest, which has such a line too
      sure ||= line.startsWith(' ❯ ');
      const [, path, at, column] = FRAME.exec(line) ?? [];
      if (path !== undefined && !path.includes('node_modules/')) place ??= placeOf(path, at, column);
      else if (line.trim() !== '') message ??= line.trim();
      return 'more';
    },
    facts: () =>
      sure
        ? { severity: 'error', tool: 'vitest', message: message ? `${title}: ${message}` : title, place }
        : undefined,
  };
};

/** Vitest: a heading for each test or file that failed, up to a rule of dashes. */
export const vitest: Tool = () => (line) => {
  const heading = HEADING.exec(line)?.[1];
  return heading === undefined ? undefined : section(heading);
};
