import { compileGlobs, type Globs } from '#glob';
import { isSeq, type Node } from 'yaml';
import { spanOf, type Span } from './findings.js';
import type { Entry, SpecSource } from './spec-source.js';
import { checkText } from './text.reader.js';
import { itemsOf } from './values.reader.js';

/** Patterns that are right, and where they stand. */
export type GlobsSpec = Readonly<{ patterns: readonly string[]; line: number; globs: Globs }>;

/** A piece of a pattern in the file; the whole of it where the file writes it otherwise. */
const spanIn = (source: SpecSource, node: Node, pattern: string, offset: number, length: number): Span => {
  const whole = spanOf(node);
  const raw = source.text.slice(whole.start, whole.end);
  const before = raw.indexOf(pattern);
  if (before < 0 || pattern === '') return whole;
  const start = whole.start + before + offset;
  return { start, end: start + length };
};

/** One pattern or a list of them; undefined when the entry is not there. */
export const readGlobs = (source: SpecSource, entry: Entry | undefined): GlobsSpec | undefined => {
  const found = entry && source.resolve(entry.value);
  if (!entry || !found) return undefined;
  const what = `\`${entry.key}\``;
  const written = itemsOf(source, entry).flatMap((node) => {
    const text = source.words(node, what, 'must be a pattern or a list of patterns');
    return text === undefined || !checkText(source, node, text, what) ? [] : [{ node, text }];
  });
  if (isSeq(found) && found.items.length === 0) source.error('EMPTY', found, `${what} is an empty list; leave it out`);
  const patterns = written.map(({ text }) => text);
  const compiled = compileGlobs(patterns);
  const { line } = source.placeOf(entry.value);
  if (compiled.ok) return { patterns, line, globs: compiled.globs };
  for (const { pattern, offset, length, code, message } of compiled.faults) {
    const at = written[pattern];
    const node = at && source.resolve(at.node);
    if (at && node) source.findings.report(code, spanIn(source, node, at.text, offset, length), message);
  }
  return undefined;
};
