import { Composer, Lexer, Parser, type CST, type Document, type YAMLError } from 'yaml';
import type { SpecCode } from './codes.js';
import { spotAt, type Findings } from './findings.js';

export const MAX_BYTES = 1024 * 1024;
export const MAX_DEPTH = 32;
/** Lexical pieces of YAML: bounds the time that a text of little but punctuation takes. */
const MAX_PIECES = 250_000;
const MAX_SYNTAX_ERRORS = 20;

/** All but tab and line ends: YAML has none of them, and the lexer uses some as marks of its own. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

type Cure = Readonly<{ code: SpecCode; cure: string }>;

const CURES: Partial<Record<YAMLError['code'], Cure>> = {
  TAB_AS_INDENT: { code: 'YAML_TAB', cure: 'a tab cannot indent a line in YAML; use spaces' },
  BAD_SCALAR_START: {
    code: 'YAML_QUOTES_NEEDED',
    cure: 'a text that begins with this character must be put in quotes',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    code: 'YAML_COLON_OR_INDENT',
    cure: 'a mapping or list where a text must be; put a text that contains `: ` in quotes, or see whether the lines are indented alike',
  },
  MULTILINE_IMPLICIT_KEY: {
    code: 'YAML_NO_COLON',
    cure: 'this line belongs to no key; see whether it ends with `:` and is indented like its neighbours',
  },
  BAD_ALIAS: {
    code: 'YAML_QUOTES_NEEDED',
    cure: '`*` at the beginning makes an alias; put the text in quotes',
  },
  TAG_RESOLVE_FAILED: {
    code: 'YAML_TAG',
    cure: '`!` at the beginning marks a YAML tag, which means nothing here; put the text in quotes',
  },
};

const EXPRESSION: Cure = {
  code: 'YAML_EXPRESSION_NEEDS_QUOTES',
  cure: 'braces, commas and colons of an expression mean something in YAML, too; put the whole text around `${{ … }}` in double quotes',
};

const OPEN = '${{';
/** An expression that is not within quotes. */
const BARE_EXPRESSION = /(?:[[{,]|[:-]\s)\s*[^\s'"[{,]{0,200}\$\{\{/;

/** Where the bare expression of an offset's line begins, if the first thousand characters have one: it is the reason. */
const expressionAround = (text: string, offset: number): number | undefined => {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  const line = text.slice(start, Math.min(end < 0 ? text.length : end, start + 1_000));
  const found = BARE_EXPRESSION.exec(line);
  return found ? start + found.index + found[0].length - OPEN.length : undefined;
};

const reportFault = ({ code, message, pos: [start, end] }: YAMLError, findings: Findings): void => {
  const cure = CURES[message.startsWith('Implicit map keys need') ? 'MULTILINE_IMPLICIT_KEY' : code];
  const words = cure?.cure ?? `${message.charAt(0).toLowerCase()}${message.slice(1, 200)}`;
  findings.error(cure?.code ?? 'YAML_SYNTAX', { start, end }, `not valid YAML: ${words}`);
};

const isCollection = ({ type }: CST.Token): boolean =>
  type === 'block-map' || type === 'block-seq' || type === 'flow-collection';

/** One mistake often makes the rest of its line wrong, too: that would say nothing new. */
const firstOfEachLine = (text: string, faults: readonly YAMLError[]): YAMLError[] => {
  let lineEnd = -1;
  return [...faults]
    .sort((a, b) => a.pos[0] - b.pos[0])
    .filter(({ pos: [start] }) => {
      if (start <= lineEnd) return false;
      const end = text.indexOf('\n', start);
      lineEnd = end < 0 ? text.length : end;
      return true;
    });
};

/** A bare expression breaks what comes after it, too: it is told, and nothing that follows from it. */
const reportFaults = (text: string, faults: readonly YAMLError[], findings: Findings): void => {
  for (const fault of faults) {
    const expression = fault.code === 'TAG_RESOLVE_FAILED' ? undefined : expressionAround(text, fault.pos[0]);
    if (expression === undefined) reportFault(fault, findings);
    else {
      const span = { start: expression, end: expression + OPEN.length };
      return findings.error(EXPRESSION.code, span, `not valid YAML: ${EXPRESSION.cure}`);
    }
  }
};

/** The tokens of the text, or undefined when it is nested too deep, too long, or too broken to go on. */
const tokensOf = (text: string, findings: Findings): CST.Token[] | undefined => {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let pieces = 0;
  let errors = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const place = parser.offset;
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') errors++;
      tokens.push(token);
    }
    if (parser.stack.length > MAX_DEPTH && parser.stack.filter(isCollection).length > MAX_DEPTH) {
      findings.error('TOO_DEEP', spotAt(place), `the file is nested deeper than ${MAX_DEPTH} levels`);
      return undefined;
    }
    if (++pieces > MAX_PIECES) {
      findings.error(
        'TOO_MANY_PARTS',
        spotAt(place),
        'the file has too many parts: it is larger than a pipeline may be',
      );
      return undefined;
    }
    if (errors > MAX_SYNTAX_ERRORS) break;
  }
  tokens.push(...parser.end());
  return tokens;
};

/**
 * Reads one YAML 1.2 document within the limits, or says why not. It may still contain what YAML allows and a pipeline
 * does not: repeated keys, keys that are not text, aliases without an anchor.
 */
export const readYaml = (text: string, findings: Findings): Document.Parsed | undefined => {
  const size = Buffer.byteLength(text);
  if (size > MAX_BYTES) {
    findings.error(
      'FILE_TOO_LARGE',
      spotAt(0),
      `the file has ${size} bytes; a pipeline has at most ${MAX_BYTES} (1 MiB)`,
    );
    return undefined;
  }
  const control = CONTROL.exec(text);
  if (control) {
    const hex = control[0].charCodeAt(0).toString(16).padStart(2, '0');
    const message = `not valid YAML: the control character 0x${hex} is not allowed in a text file`;
    findings.error('CONTROL_CHARACTER', { start: control.index, end: control.index + 1 }, message);
    return undefined;
  }
  const tokens = tokensOf(text, findings);
  if (!tokens) return undefined;
  // Repeated keys are looked for by the survey: the composer's own check takes quadratic time.
  const composer = new Composer({ version: '1.2', schema: 'core', uniqueKeys: false });
  let first: Document.Parsed | undefined;
  for (const document of composer.compose(tokens, true, text.length)) {
    if (first) {
      const message = 'a second YAML document begins here; a pipeline is one document';
      findings.error('YAML_SECOND_DOCUMENT', spotAt(document.range[0]), message);
      break;
    }
    first = document;
    reportFaults(text, firstOfEachLine(text, document.errors), findings);
    if (findings.failed) return undefined;
    for (const fault of document.warnings) reportFault(fault, findings);
  }
  return first;
};
