import { placeOf } from '../../places/place.js';
import { followedBy, type Tool } from '../recogniser.js';

const PLAIN = /^(\S.*)\((\d+),(\d+)\): (error|warning) (TS\d+: .*)$/;
const PRETTY = /^(\S[^:]*):(\d+):(\d+) - (error|warning) (TS\d+: .*)$/;
const ALONE = /^()()()(error|warning) (TS\d+: .*)$/;

/** tsc, with `--pretty` and without; what is indented below belongs to it, and the code that `--pretty` shows. */
export const typescript: Tool = () => (line) => {
  if (!line.includes('TS')) return undefined;
  const [, path, at, column, severity, message] = PLAIN.exec(line) ?? PRETTY.exec(line) ?? ALONE.exec(line) ?? [];
  if (message === undefined) return undefined;
  const place = placeOf(path, at, column);
  return followedBy(
    { severity: severity === 'error' ? 'error' : 'warning', tool: 'tsc', message, place },
    (next) => next === '' || /^(?:\s|\d+ )/.test(next),
  );
};
