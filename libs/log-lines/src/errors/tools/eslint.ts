import { placeOf } from '../../places/place.js';
import { located } from '../located.js';
import type { Tool } from '../recogniser.js';

/** `.tsx`, `.component`: what a file's name ends with. */
const FILE_END = /\.\w+$/;
const LONGEST_END = 16;
const PROBLEM = /^\s+(\d+):(\d+)\s+(error|warning)\s+(\S.*)$/;
const UNIX = /\[(Error|Warning)(?:\/[^\s\]]*)?\]$/;

/** Columns are set apart by two spaces; the last one is the rule, where there is one. */
const messageOf = (text: string): string => {
  const end = text.trimEnd();
  const at = end.lastIndexOf('  ');
  return at < 0 ? end : `${end.slice(0, at).trimEnd()} (${end.slice(at + 2)})`;
};

/** ESLint's format `stylish` (a line with the file, then one for each problem) and `unix`. */
export const eslint: Tool = () => {
  let file: string | undefined;
  return (line) => {
    const [, at, column, severity, text] = (file === undefined ? null : PROBLEM.exec(line)) ?? [];
    if (text !== undefined)
      return {
        severity: severity === 'error' ? 'error' : 'warning',
        tool: 'eslint',
        message: messageOf(text),
        place: placeOf(file, at, column),
      };
    file = /^\S/.test(line) && FILE_END.test(line.slice(-LONGEST_END)) ? line : undefined;
    if (!line.endsWith(']')) return undefined;
    const one = located(line);
    const [mark, level] = UNIX.exec(one?.text ?? '') ?? [];
    if (!one || mark === undefined) return undefined;
    const rule = mark.includes('/') ? ` (${mark.slice(mark.indexOf('/') + 1, -1)})` : '';
    return {
      severity: level === 'Error' ? 'error' : 'warning',
      tool: 'eslint',
      message: one.text.slice(0, -mark.length).trimEnd() + rule,
      place: one.place,
    };
  };
};
