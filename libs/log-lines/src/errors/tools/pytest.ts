import { type Place, placeOf } from '../../places/place.js';
import type { Rest, Tool } from '../recogniser.js';

const HEADING = /^_{3,} (\S.*\S|\S) _{3,}$/;
/** Only below such a line is a title between underscores the heading of a failure. */
const PART = /^={3,} (?:FAILURES|ERRORS) ={3,}$/;
const END = /^(?:_{3,} |={3,})/;
const EXCEPTION = /^E {3,}(\S.*)$/;
const FRAME = /^([^\s:]+\.py):(\d+): /;
const SUMMARY = /^(?:FAILED|ERROR) ([^\s:]+\.py)(?:::(\S+))?(?: - (.*))?$/;
const MOST_NAMES = 1000;

/** The last part of a test's name, without its class: headings and the summary write the rest in ways of their own. */
const nameOf = (heading: string): string => heading.split(/::|\.(?!py\b)|\s/).at(-1) ?? heading;

const section = (heading: string): Rest => {
  let message: string | undefined;
  let place: Place | undefined;
  return {
    take: (line) => {
      if (END.test(line)) return 'other';
      message ??= EXCEPTION.exec(line)?.[1];
      const [, path, at] = FRAME.exec(`${line} `) ?? [];
      place = placeOf(path, at) ?? place;
      return 'more';
    },
    facts: () =>
      message === undefined
        ? undefined
        : { severity: 'error', tool: 'pytest', message: `${heading.replace(/^ERROR /, '')}: ${message}`, place },
  };
};

/** pytest: the sections below `FAILURES` and `ERRORS`; what only the summary names (`--tb=no`) from there. */
export const pytest: Tool = () => {
  const told = new Set<string>();
  let reporting = false;
  return (line) => {
    reporting ||= PART.test(line);
    const heading = reporting ? HEADING.exec(line)?.[1] : undefined;
    if (heading !== undefined) {
      if (told.size < MOST_NAMES) told.add(nameOf(heading));
      return section(heading);
    }
    const [, path, name, message] = SUMMARY.exec(line) ?? [];
    if (path === undefined) return undefined;
    if (told.has(nameOf(name ?? path))) return 'understood';
    const what = name?.replaceAll('::', '.') ?? path;
    return {
      severity: 'error',
      tool: 'pytest',
      message: message === undefined ? what : `${what}: ${message}`,
      place: placeOf(path),
    };
  };
};
