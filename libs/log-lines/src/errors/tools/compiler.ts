import { placeOf } from '../../places/place.js';
import { located } from '../located.js';
import { followedBy, type Tool } from '../recogniser.js';

const LEVEL = /^(?:fatal )?(error|warning): (.*)$/;
const LINKER = /(?:^|[/ ])(?:ld|lld|gold|mold)(?:\.\w+)?: (?:error: )?(.*)$/;
const NOT_THERE = /^cannot find |\bundefined (?:reference|symbol)\b/;
const DRIVER = /^collect2: (?:fatal )?error: (.*)$/;
const UNDEFINED = /^[^\s:]+:(?:\([^()]*\):)? (undefined reference to .*)$/;
/** Gradle's plain console begins a task's first line with its name. */
const TASK = /^:\w+(?=\/)/;
/** By what a file's name ends with, who compiles it. */
const TOOLS = new Map([
  ...['c', 'cc', 'cpp', 'cxx', 'c++', 'h', 'hh', 'hpp', 'hxx', 'ipp', 'tpp', 'm', 'mm', 's', 'S'].map(
    (end) => [end, 'gcc'] as const,
  ),
  ...['java', 'kt', 'scala'].map((end) => [end, 'javac'] as const),
  ['py', 'mypy'],
  ['swift', 'swiftc'],
]);
const toolOf = (path: string): string => TOOLS.get(path.slice(path.lastIndexOf('.') + 1)) ?? 'compiler';

const WORTH_A_LOOK = /error: |warning: |undefined |cannot find /;

/** More of the same: code, notes and the chain of templates or files that led there. */
const belongs = (line: string): boolean => /^\s+\S/.test(line) || / note: /.test(line);

/** What gcc, clang, javac and many others write: `path:line:column: error: message`; and the linker. */
export const compiler: Tool = () => (line) => {
  if (!WORTH_A_LOOK.test(line)) return undefined;
  const one = located(line.replace(TASK, ''));
  const [, severity, message] = LEVEL.exec(one?.text ?? '') ?? [];
  if (one && message !== undefined)
    return followedBy(
      { severity: severity === 'error' ? 'error' : 'warning', tool: toolOf(one.path), message, place: one.place },
      belongs,
    );
  const linked = LINKER.exec(line)?.[1] ?? '';
  const missing = DRIVER.exec(line)?.[1] ?? UNDEFINED.exec(line)?.[1] ?? (NOT_THERE.test(linked) ? linked : undefined);
  return missing === undefined ? undefined : { severity: 'error', tool: 'ld', message: missing };
};

const MAKE = /^g?make(?:\[\d+\])?: \*\*\* (.*)$/;
const RULE = /^\[([^\s:\]]+):(\d+): /;

/** make: `make: *** [Makefile:3: all] Error 1`. */
export const make: Tool = () => (line) => {
  const message = MAKE.exec(line)?.[1];
  if (message === undefined) return undefined;
  const [, path, at] = RULE.exec(message) ?? [];
  return { severity: 'error', tool: 'make', message, place: placeOf(path, at) };
};
