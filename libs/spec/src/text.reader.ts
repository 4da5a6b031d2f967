import { hasExpressions, readTemplate, type Fault } from '#expression';
import type { Node } from 'yaml';
import { spanOf, type Span } from './findings.js';
import type { LazyScope } from './scopes.js';
import type { Entry, SpecSource } from './spec-source.js';

const OPEN = '${{';

/**
 * Where a piece of a scalar's text stands in the file. Escapes and folding may hide it: then the expression that it is in,
 * or the whole scalar.
 */
const spanWithin = (source: SpecSource, node: Node, text: string, { offset, length }: Fault): Span => {
  const whole = spanOf(node);
  const raw = source.text.slice(whole.start, whole.end);
  let inText = text.indexOf(OPEN);
  let inRaw = raw.indexOf(OPEN);
  for (;;) {
    const next = text.indexOf(OPEN, inText + 1);
    if (next < 0 || next > offset || inRaw < 0) break;
    inText = next;
    inRaw = raw.indexOf(OPEN, inRaw + 1);
  }
  if (inText < 0 || inRaw < 0) return whole;
  const before = offset - inText;
  const start = whole.start + inRaw;
  const exact = before >= 0 && raw.startsWith(text.slice(inText, offset + length), inRaw);
  return exact ? { start: start + before, end: start + before + length } : { start, end: start + OPEN.length };
};

/** Reports what is wrong with the expressions of a text, each in its place. */
export const reportFaults = (source: SpecSource, node: Node, text: string, faults: readonly Fault[]): void => {
  const found = source.resolve(node) ?? node;
  for (const fault of faults) source.findings.report(fault.code, spanWithin(source, found, text, fault), fault.message);
};

/** Whether the expressions of a text, if it has any, may stand there. Without a scope none may. */
export const checkText = (source: SpecSource, node: Node, text: string, what: string, make?: LazyScope): boolean => {
  if (!hasExpressions(text)) return true;
  const scope = make?.();
  if (!scope) {
    const message = `${what} is taken as it is; expressions (\`\${{ … }}\`) cannot be used in it`;
    source.error('EXPRESSION_NOT_HERE', source.resolve(node) ?? node, message);
    return false;
  }
  const result = readTemplate(text, scope);
  if (!result.ok) reportFaults(source, node, text, result.faults);
  return result.ok;
};

/** A text that is not empty, with expressions where a scope allows them. */
export const readText = (
  source: SpecSource,
  entry: Entry | undefined,
  scope?: LazyScope,
  what = `\`${entry?.key}\``,
): string | undefined => {
  const text = entry && source.words(entry.value, what);
  return entry && text !== undefined && checkText(source, entry.value, text, what, scope) ? text : undefined;
};
