import type { Diagnostic } from '#events';
import type { Paint } from '../paint.js';
import { plain } from '../plain.js';

/** How much of a long line is shown, around the place. */
const WIDEST = 100;

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

const isError = ({ severity }: Diagnostic): boolean => severity === 'error';

/** The line of the file, and beneath it a mark under the place; columns count UTF-16 code units, from 1. */
const excerpt = (line: string, { column, line: number, endLine, endColumn }: Diagnostic, paint: Paint): string[] => {
  const from = line.length <= WIDEST ? 0 : Math.max(0, column - 1 - WIDEST / 2);
  const shown = line.slice(from, from + WIDEST);
  const end = endLine === number && endColumn !== undefined ? endColumn : column + 1;
  const before = line.slice(from, column - 1);
  const length = [...line.slice(column - 1, Math.min(end - 1, from + WIDEST))].length;
  const gutter = String(number).padStart(5);
  const space = before.replaceAll(/[^\t]/gu, ' ');
  return [
    `${paint('dim', `${gutter} |`)} ${visible(shown)}`,
    `${paint('dim', '      |')} ${space}${paint('red', '^'.repeat(Math.max(1, length)))}`,
  ];
};

/** Tabs stay: the line beneath has them too. */
const visible = (line: string): string => line.split('\t').map(plain).join('\t');

/** One finding: place, severity, words and code; the line of the file; what to write instead. */
const finding = (file: string, lines: readonly string[], diagnostic: Diagnostic, paint: Paint): string => {
  const { severity, message, line, column, code, suggestion } = diagnostic;
  const place = paint('bold', `${plain(file)}:${line}:${column}`);
  const kind = paint(severity === 'error' ? 'red' : 'yellow', severity);
  const head = `${place}: ${kind}: ${plain(message)}${code === undefined ? '' : paint('dim', ` [${code}]`)}`;
  const advice =
    suggestion === undefined ? [] : [`${paint('dim', '      |')} write: ${paint('green', plain(suggestion))}`];
  const text = lines[line - 1];
  return [head, ...(text === undefined ? [] : excerpt(text, diagnostic, paint)), ...advice, ''].join('\n');
};

/** `2 errors, 1 warning`; undefined when there is nothing. */
export const countInWords = (diagnostics: readonly Diagnostic[]): string | undefined => {
  const errors = diagnostics.filter(isError).length;
  const warnings = diagnostics.length - errors;
  const words = [errors && plural(errors, 'error'), warnings && plural(warnings, 'warning')].filter(Boolean);
  return words.length === 0 ? undefined : words.join(', ');
};

/** All findings for people, each with the line it is about, without a summary; '' when there are none. */
export const findingsForPeople = (
  file: string,
  text: string,
  diagnostics: readonly Diagnostic[],
  paint: Paint,
): string => {
  const lines = text.split(/\r?\n/);
  return diagnostics.map((diagnostic) => `${finding(file, lines, diagnostic, paint)}\n`).join('');
};
