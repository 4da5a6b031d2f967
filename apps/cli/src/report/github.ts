import type { Diagnostic } from '#events';

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** Findings as GitHub's workflow commands, a line each: they become annotations of the file. */
export const findingsForGitHub = (file: string, diagnostics: readonly Diagnostic[]): string =>
  diagnostics
    .map(({ severity, message, line, column, endLine, endColumn, code, suggestion }) => {
      const properties = Object.entries({ file, line, endLine, col: column, endColumn, title: code })
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `${name}=${property(String(value))}`);
      const advice = suggestion === undefined ? '' : `; write: ${suggestion}`;
      return `::${severity} ${properties.join(',')}::${data(message + advice)}\n`;
    })
    .join('');
