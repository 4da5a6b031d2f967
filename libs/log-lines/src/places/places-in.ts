import { type Place, placeOf } from './place.js';

/** A place that a line names, and where: `from` to `to` (not included) are offsets in the text that is shown. */
export type NamedPlace = Readonly<{ from: number; to: number; path: string; line: number; column?: number }>;

const LONGEST_LINE = 4096;
const MOST = 20;

/** What a path may consist of, so that it ends where a line's number, quotes or brackets begin. */
const PATH = String.raw`[\w@~.+\-/]*\.[A-Za-z]\w*|(?:[\w@~.+\-]*\/)*(?:Dockerfile|Makefile|Jenkinsfile|Rakefile|Gemfile)`;
const FORMS = [
  /** `src/a.ts:3:14`, `src/a.ts(3,14)`, `A.java:[3,14]`; nothing of a URL and no time of day. */
  String.raw`(?<![\w@~.+\-/:])(?:file:\/\/)?(${PATH})(?::(\d{1,7})(?::(\d{1,7}))?(?![\w.:]*\d:)|\((\d{1,7}),(\d{1,7})\)|:\[(\d{1,7}),(\d{1,7})\])`,
  /** `File "a.py", line 3` */
  String.raw`File "([^"\n]{1,1024})", line (\d{1,7})`,
];
const NAMED = new RegExp(FORMS.join('|'), 'g');

/** The places in the workspace that a line of a log names, from left to right, at most twenty. */
export const placesIn = (shown: string): readonly NamedPlace[] => {
  const places: NamedPlace[] = [];
  for (const match of shown.slice(0, LONGEST_LINE).matchAll(NAMED)) {
    const [text, path, a, b, c, d, e, f, quoted, quotedLine] = match;
    const place: Place | undefined = placeOf(path ?? quoted, a ?? c ?? e ?? quotedLine, b ?? d ?? f);
    if (place?.line === undefined) continue;
    places.push({ ...place, line: place.line, from: match.index, to: match.index + text.length });
    if (places.length === MOST) break;
  }
  return places;
};
