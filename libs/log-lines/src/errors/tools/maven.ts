import { placeOf } from '../../places/place.js';
import { followedBy, type Tool } from '../recogniser.js';

const LINE = /^\[(ERROR|WARNING)\] ?(.*)$/;
const SURE =
  /^(?:\[INFO\] (?:Scanning for projects|BUILD )|\[ERROR\] (?:COMPILATION ERROR|Failed to execute goal|Tests run: ))/;
const LOCATED = /^(\/[^\s[\]]+):\[(\d+),(\d+)\] (.*)$/;
/** Headings, counts and advice around the errors themselves. */
const AROUND =
  /^(?:$|COMPILATION ERROR|Tests run: |Failures: |Errors: |There are test failures|-> \[Help|\[Help \d|To see the full|Re-run Maven|For more information|After correcting|\s*mvn )/;

/** Maven: errors of the compiler with their place, and what a plugin says. */
export const maven: Tool = () => {
  let sure = false;
  return (line) => {
    const [, level, text] = LINE.exec(line) ?? [];
    if (SURE.test(line)) sure = true;
    if (text === undefined) return undefined;
    const severity = level === 'ERROR' ? 'error' : 'warning';
    const [, path, at, column, message] = LOCATED.exec(text) ?? [];
    const more = (next: string): boolean => /^(?:\[(?:ERROR|WARNING)\])? {2,}\S/.test(next);
    if (message !== undefined)
      return followedBy({ severity, tool: 'maven', message, place: placeOf(path, at, column) }, more);
    if (!sure) return undefined;
    return AROUND.test(text) ? 'understood' : followedBy({ severity, tool: 'maven', message: text.trim() }, more);
  };
};
