import { shownText } from '../spans.js';

/** What a line says about groups. `at`: a time of its own, in milliseconds, where the mark has one. */
export type Mark = Readonly<
  | { kind: 'group' | 'part' | 'command'; title: string; collapsed: boolean }
  | { kind: 'section'; name: string; title: string; collapsed: boolean; at: number }
  | { kind: 'end-group' | 'open-part' }
  | { kind: 'end-section'; name: string; at: number }
>;

const LONGEST_MARK = 2000;
const LONGEST_TITLE = 200;

// eslint-disable-next-line no-control-regex -- GitLab's marks end with a return and an erased line
const SECTION = /^(?:\x1b\[0K)?section_(start|end):(\d{1,12}):([\w.-]{1,128})(\[[^\]]{0,256}\])?\r(?:\x1b\[0K)?/;
const GROUP = /^(?:::|##\[)(group|endgroup)(?:::|\])(.*)$/;
/** Buildkite's headings; neither the head of a diff nor what `go test` says. */
const PART =
  /^(---|\+\+\+|~~~) (?!(?:[ab]\/|\/dev\/null|(?:FAIL|PASS|SKIP|BENCH):|(?:Expected|Received)\b))([^\t]*\S)$/;
/** `$ npm ci` as scripts and package managers print it, `+ npm ci` as `set -x` does. */
const COMMAND = /^(?:\$ (\S.*)|\+ ((?:[a-z_][\w.+-]*|[.~/]\S*|[A-Za-z_]\w*=\S*)(?: .*)?))$/;

const titled = (text: string, otherwise: string): string => (text.trim() || otherwise).slice(0, LONGEST_TITLE);

/** GitLab writes several marks on one line, and the title after the last. */
const sectionMarks = (line: string): Mark[] => {
  const marks: Mark[] = [];
  let rest = line;
  for (let match = SECTION.exec(rest); match; match = SECTION.exec(rest)) {
    const [text, verb, seconds, name = '', options = ''] = match;
    rest = rest.slice(text.length);
    const at = Number(seconds) * 1000;
    if (verb === 'end') marks.push({ kind: 'end-section', name, at });
    else
      marks.push({
        ...{ kind: 'section', name, at, collapsed: /\bcollapsed=true\b/.test(options) },
        title: SECTION.test(rest) ? name : titled(shownText(rest), name),
      });
  }
  return marks;
};

/** The marks on a line, from left to right: mostly none. */
export const marksOf = (raw: string): readonly Mark[] => {
  const line = raw.slice(0, LONGEST_MARK);
  if (line.includes('section_')) {
    const marks = sectionMarks(line);
    if (marks.length > 0) return marks;
  }
  const text = shownText(line).trimEnd();
  const [, verb, group = ''] = GROUP.exec(text) ?? [];
  if (verb !== undefined)
    return [
      verb === 'group' ? { kind: 'group', title: titled(group, 'group'), collapsed: true } : { kind: 'end-group' },
    ];
  if (text === '^^^ +++') return [{ kind: 'open-part' }];
  const [, style, part] = PART.exec(text) ?? [];
  if (part !== undefined) return [{ kind: 'part', title: titled(part, style ?? ''), collapsed: style !== '+++' }];
  const [command, dollar, plus] = COMMAND.exec(text) ?? [];
  return command === undefined
    ? []
    : [{ kind: 'command', title: titled(dollar ?? plus ?? '', command), collapsed: false }];
};
