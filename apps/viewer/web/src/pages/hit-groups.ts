import type { SearchHit } from '../api/api.js';

export type HitLine = Readonly<{ hit: SearchHit; line: number; text: string }>;
/** What was found in one step. `lines`: finds and what is about them, each once, rising. */
export type HitGroup = Readonly<{ key: string; hits: readonly SearchHit[]; lines: readonly HitLine[] }>;

const keyOf = ({ build, job, attempt, step }: SearchHit): string => `${build.id} ${job.id} ${attempt} ${step.index}`;

const linesOf = (hits: readonly SearchHit[]): HitLine[] => {
  const lines = new Map<number, HitLine>();
  for (const hit of hits)
    for (const { line, text } of [...hit.before, ...hit.after])
      if (!lines.has(line)) lines.set(line, { hit, line, text });
  for (const hit of hits) lines.set(hit.line, { hit, line: hit.line, text: hit.text });
  return [...lines.values()].sort((a, b) => a.line - b.line);
};

/** Finds by step, in the order in which each step came first. */
export const hitGroups = (hits: readonly SearchHit[]): HitGroup[] => {
  const groups = new Map<string, SearchHit[]>();
  for (const hit of hits) groups.set(keyOf(hit), [...(groups.get(keyOf(hit)) ?? []), hit]);
  return [...groups].map(([key, of]) => ({ key, hits: of, lines: linesOf(of) }));
};

/** A text in parts, with those marked that the spans hold. */
export const markedParts = (
  text: string,
  spans: SearchHit['spans'],
): readonly Readonly<{ text: string; marked: boolean }>[] => {
  const parts: { text: string; marked: boolean }[] = [];
  let at = 0;
  for (const [from, to] of spans) {
    parts.push({ text: text.slice(at, from), marked: false }, { text: text.slice(from, to), marked: true });
    at = to;
  }
  return [...parts, { text: text.slice(at), marked: false }].filter((part) => part.text !== '');
};
