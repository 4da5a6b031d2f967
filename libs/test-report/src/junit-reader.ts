import sax from 'sax';
import { JUnitCase, type Attributes, type CaseOptions, type SuiteOf } from './junit-case.js';
import type { Excerpt } from './excerpt.js';
import { MAX_ATTRIBUTES, MAX_DEPTH, MAX_TOKEN } from './limits.js';

export type ReadCase = ReturnType<JUnitCase['end']>;

/** An element that is open. `text`: where its text goes. */
type Open = Readonly<{ suite: SuiteOf; test?: JUnitCase; text?: Excerpt; isCase?: true; isResult?: true }>;

/** What many tools write and what does no harm: the text is taken as it stands. */
const HARMLESS =
  /^(Invalid character|Text data outside of root node|Non-whitespace before first tag|Inappropriately located doctype|No whitespace between attributes)/;
const ROOTS = new Set(['testsuites', 'testsuite', 'testcase']);
const RESULTS = new Map([
  ['failure', 'failed'],
  ['error', 'error'],
  ['skipped', 'skipped'],
] as const);
const NOTHING: SuiteOf = { path: [], isPytest: false };

// It belongs to the package as a whole; nothing else here uses it.
Object.assign(sax, { MAX_BUFFER_LENGTH: MAX_TOKEN });

/**
 * Reads one file in JUnit's XML, in whatever dialect, in pieces as they come. Entities that a file declares are never looked
 * at: one that has any is not read. Nothing throws; the first thing that cannot be read ends it.
 */
export class JUnitReader {
  readonly #parser = sax.parser(true, { position: true });
  readonly #open: Open[] = [];
  #depth = 0;
  #attributes = new Map<string, string>();
  #hasRoot = false;
  #trouble: Readonly<{ line?: number; reason: string }> | undefined;

  constructor(
    private readonly options: CaseOptions,
    private readonly found: (read: ReadCase) => void,
  ) {
    const parser = this.#parser;
    parser.onerror = ({ message }) => {
      Object.assign(parser, { error: null }); // else it refuses to go on
      const [what = ''] = message.split('\n');
      if (!HARMLESS.test(what)) this.stop(SAID.get(what) ?? `it is no XML: ${what.slice(0, 200).toLowerCase()}`);
    };
    parser.onopentagstart = () => (this.#attributes = new Map());
    parser.onattribute = ({ name, value }) => {
      if (this.#attributes.size >= MAX_ATTRIBUTES) this.stop('an element has too many attributes');
      else this.#attributes.set(localName(name), value);
    };
    parser.onopentag = ({ name }) => this.opened(localName(name), this.#attributes);
    parser.onclosetag = () => this.closed();
    parser.ontext = (text) => this.text(text);
    parser.oncdata = (text) => this.text(text);
    parser.ondoctype = (text) => /<!entity/i.test(text) && this.stop('it declares entities');
    parser.onsgmldeclaration = (text) => /^entity/i.test(text) && this.stop('it declares entities');
  }

  /** Why it is read no further. */
  get trouble(): Readonly<{ line?: number; reason: string }> | undefined {
    return this.#trouble;
  }

  push(text: string): void {
    if (!this.#trouble && text !== '') this.#parser.write(text);
  }

  end(): void {
    this.#parser.flush(); // text that waits for its end
    if (!this.#trouble && !this.#hasRoot) this.stop('it is empty, or no XML');
    if (!this.#trouble && this.#depth > 0) this.stop('it ends in the middle');
    // A test that is known to have failed has, also when the rest of it is missing.
    const test = this.#open.at(-1)?.test;
    if (test?.hasResult) this.found(test.end());
    this.#open.length = 0;
  }

  private stop(reason: string): void {
    this.#trouble ??= { line: this.#parser.line + 1, reason };
  }

  private opened(name: string, attributes: Attributes): void {
    if (this.#trouble) return;
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) return this.stop('its elements are too deep');
    if (!this.#hasRoot && !ROOTS.has(name))
      return this.stop(`it is no JUnit report: it begins with <${name.slice(0, 60)}>`);
    this.#hasRoot = true;
    this.#open.push(this.openedIn(this.#open.at(-1) ?? { suite: NOTHING }, name, attributes));
  }

  private openedIn({ suite, test, text, isCase, isResult }: Open, name: string, attributes: Attributes): Open {
    if (isCase && test) {
      const outcome = RESULTS.get(name as 'failure');
      if (outcome) return { suite, test, text: test.begin(outcome, attributes), isResult: true };
      if (name === 'system-out') return { suite, test, text: test.output('stdout') };
      if (name === 'system-err') return { suite, test, text: test.output('stderr') };
      return { suite, test };
    }
    // Markup within a message is part of it.
    if (test) return { suite, test, ...(isResult && text ? { text, isResult } : {}) };
    if (name === 'testcase') return { suite, test: new JUnitCase(attributes, suite, this.options), isCase: true };
    if (name === 'testsuite' || name === 'testsuites') return { suite: suiteIn(suite, name, attributes) };
    const outcome = RESULTS.get(name as 'failure');
    if (outcome === 'failed' || outcome === 'error') {
      // A suite that failed as a whole.
      const whole = new JUnitCase(new Map([['name', suite.path.at(-1) ?? '']]), suite, this.options);
      return { suite, test: whole, text: whole.begin(outcome, attributes), isResult: true };
    }
    return { suite };
  }

  private closed(): void {
    if (this.#trouble) return;
    this.#depth -= 1;
    const last = this.#open.pop();
    if (last?.test && this.#open.at(-1)?.test === undefined) this.found(last.test.end());
  }

  private text(text: string): void {
    if (!this.#trouble) this.#open.at(-1)?.text?.push(text);
  }
}

const SAID = new Map([
  ['Unclosed root tag', 'it ends in the middle'],
  ['Unexpected end', 'it ends in the middle'],
]);

/** Without the prefix of a namespace; some tools write large letters. */
const localName = (name: string): string => name.slice(name.indexOf(':') + 1).toLowerCase();

const suiteIn = (outer: SuiteOf, element: string, attributes: Attributes): SuiteOf => {
  const name = attributes.get('name')?.trim() ?? '';
  const isPytest = outer.isPytest || name === 'pytest' || name === 'pytest tests';
  const file = attributes.get('file') ?? attributes.get('filepath') ?? outer.file;
  // The name of a whole run says nothing of a test in it.
  const path = element === 'testsuites' || name === '' ? outer.path : [...outer.path, name.slice(0, 1024)];
  return { path, isPytest, ...(file === undefined ? {} : { file }) };
};
