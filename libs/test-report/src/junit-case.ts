import type { TestCase, TestOutcome } from '#events';
import { Excerpt, shortened, type TextFilter } from './excerpt.js';
import type { ReportLimits } from './limits.js';
import { durationOf, firstLine, lineOf, placeInTrace } from './values.js';

export type Attributes = ReadonlyMap<string, string>;
export type SuiteOf = Readonly<{ path: readonly string[]; file?: string; isPytest: boolean }>;
export type CaseOptions = Readonly<{
  limits: ReportLimits;
  filter: () => TextFilter;
  /** Without the directory that the tests ran in. */
  relative: (file: string) => string;
}>;

/** What each of these says of the test; the first that is there counts. */
const RANK: readonly TestOutcome[] = ['error', 'failed', 'skipped'];
const SKIPPED = /^(disabled|notrun|skipped|ignored|suppressed)$/i;
const FAILED = /^fail(ed|ure)?$/i;

/** A test while its element is read. */
export class JUnitCase {
  readonly #results = new Set<TestOutcome>();
  #message = '';
  #type = '';
  readonly #details: Excerpt;
  readonly #outputs = new Map<'stdout' | 'stderr', Excerpt>();
  #hasDetails = false;

  constructor(
    private readonly attributes: Attributes,
    private readonly suite: SuiteOf,
    private readonly options: CaseOptions,
  ) {
    this.#details = new Excerpt(options.limits.text, options.filter());
  }

  get hasResult(): boolean {
    return this.#results.size > 0;
  }

  /** Of several failures of one test the first gives the message, and all their texts are kept. */
  begin(outcome: TestOutcome, attributes: Attributes): Excerpt {
    this.#results.add(outcome);
    if (this.#message === '') this.#message = attributes.get('message') ?? '';
    if (this.#type === '') this.#type = attributes.get('type') ?? '';
    if (this.#hasDetails) this.#details.push('\n');
    this.#hasDetails = true;
    return this.#details;
  }

  output(stream: 'stdout' | 'stderr'): Excerpt {
    const { limits, filter } = this.options;
    const excerpt = this.#outputs.get(stream) ?? new Excerpt(limits.text, filter());
    this.#outputs.set(stream, excerpt);
    return excerpt;
  }

  /** Once, at its end. `cuts`: how many of its texts were cut. */
  end(): Readonly<{ test: TestCase; cuts: number }> {
    let cuts = 0;
    const taken = ({ text, isCut }: ReturnType<Excerpt['end']>): string => {
      if (isCut) cuts += 1;
      return text;
    };
    const { limits, filter, relative } = this.options;
    const named = (text: string): string => taken(shortened(inOneLine(text), limits.name, filter()));
    const outcome = this.outcome;
    const hasFailed = outcome === 'failed' || outcome === 'error';
    const details = outcome === 'passed' ? '' : taken(this.#details.end());
    const said = this.#message.trim() === '' ? '' : taken(shortened(this.#message, limits.message, filter()));
    const message =
      outcome === 'passed' ? '' : said || firstLine(details).slice(0, limits.message) || named(this.#type);
    const texts: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' };
    if (hasFailed) for (const [stream, excerpt] of this.#outputs) texts[stream] = taken(excerpt.end());
    const place = this.placeOf(hasFailed ? placeInTrace(details) : undefined);
    const durationMs = durationOf(this.attributes.get('time'));
    const told = { message, details: details.trim() === '' ? '' : details, ...texts };
    const test: TestCase = {
      outcome,
      suite: named(this.suite.path.join(' › ')),
      name: named(this.attributes.get('name') ?? ''),
      ...filled({ classname: named(this.attributes.get('classname') ?? this.attributes.get('class') ?? '') }),
      ...filled({ file: place.file === undefined ? '' : named(relative(place.file)) }),
      ...(place.line === undefined ? {} : { line: place.line }),
      ...(durationMs === undefined ? {} : { durationMs }),
      ...filled(told),
    };
    return { test, cuts };
  }

  private get outcome(): TestOutcome {
    const known = RANK.find((outcome) => this.#results.has(outcome));
    if (known) return known;
    const states = ['status', 'result'].map((name) => this.attributes.get(name) ?? '');
    if (states.some((state) => SKIPPED.test(state))) return 'skipped';
    return states.some((state) => FAILED.test(state)) ? 'failed' : 'passed';
  }

  private placeOf(inTrace: Readonly<{ file: string; line: number }> | undefined): { file?: string; line?: number } {
    if (inTrace) return inTrace;
    const file = this.attributes.get('file') ?? this.attributes.get('filepath') ?? this.suite.file;
    if (file === undefined || file === '') return {};
    const told = lineOf(this.attributes.get('line') ?? this.attributes.get('lineno'));
    // pytest alone counts from 0
    const line = told === undefined ? undefined : told + (this.suite.isPytest ? 1 : 0);
    return { file, ...(line === undefined || line === 0 ? {} : { line }) };
  }
}

// eslint-disable-next-line no-control-regex -- names come with whatever a test was given
const inOneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();

const filled = <K extends string>(texts: Readonly<Record<K, string>>): Partial<Record<K, string>> =>
  Object.fromEntries(Object.entries<string>(texts).filter(([, text]) => text !== '')) as Partial<Record<K, string>>;
