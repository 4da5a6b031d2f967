import {
  hasExpressions,
  parseTemplate,
  printTemplate,
  reduceTemplate,
  type Fault,
  type Result,
  type Template,
  type Values,
} from '#expression';
import type { Diagnostic } from '#events';
import type { SpecCode } from './codes.js';
import type { Place } from './findings.js';
import { shown } from './wording.js';

/** Characters of texts. */
const MAX_PLAN = 8 * 1024 * 1024;

/** What goes wrong while a plan is made: each thing at a place once. */
export class PlanFindings {
  private readonly found = new Map<string, Diagnostic>();
  private readonly templates = new Map<string, Result<Template>>();
  private size = 0;

  /** Counts a text that goes into the plan: what many jobs inherit is in it many times. */
  count(length: number, place: Place | undefined): void {
    this.size += length;
    if (this.size <= MAX_PLAN || this.full) return;
    const message = `the plan has more than ${MAX_PLAN} characters: what aliases and \`environment\` repeat counts each time`;
    this.add('PLAN_TOO_LARGE', place, message);
  }

  /** There is no use in going on. */
  get full(): boolean {
    return this.size > MAX_PLAN && this.failed;
  }

  /** A text as a template; read once. */
  templateOf(text: string): Result<Template> {
    const template = this.templates.get(text) ?? parseTemplate(text);
    if (!this.templates.has(text)) this.templates.set(text, template);
    return template;
  }

  add(code: SpecCode, place: Place | undefined, message: string): void {
    this.report(`CAIRN_SPEC_${code}`, place, message);
  }

  faults(place: Place | undefined, faults: readonly Fault[]): void {
    for (const { code, message } of faults) this.report(code, place, message);
  }

  get failed(): boolean {
    return this.found.size > 0;
  }

  sorted(): Diagnostic[] {
    return [...this.found.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  }

  private report(code: string, place: Place | undefined, message: string): void {
    const { line, column } = place ?? { line: 1, column: 1 };
    const key = `${code} ${line}:${column}`;
    if (!this.found.has(key)) this.found.set(key, { severity: 'error', code, message, line, column, ...place });
  }
}

/** Works out the texts of one job as far as is known: what is left is a template again. */
export class Expansion {
  constructor(
    private readonly values: Values,
    private readonly findings: PlanFindings,
  ) {}

  /** A text for the plan: what is in it stays text, whatever it looks like. */
  text(text: string, place: Place | undefined): string {
    const worked = hasExpressions(text) ? this.worked(text, place) : text;
    this.findings.count(worked.length, place);
    return worked;
  }

  /** A text that must be known in full and be `valid`; undefined when it is not, which was reported. */
  whole(text: string, place: Place | undefined, what: string, valid: (text: string) => boolean): string | undefined {
    if (!hasExpressions(text)) return text; // looked at when the file was read
    const reduced = this.reduced(text, place);
    if (!reduced?.done) return undefined;
    if (valid(reduced.value)) return reduced.value;
    const becomes = reduced.value === '' ? 'is empty' : `is ${shown(reduced.value)}`;
    this.findings.add('EXPANDED', place, `with its expressions worked out, ${what} ${becomes}, which cannot be`);
    return undefined;
  }

  record(environment: ReadonlyMap<string, string>, place: Place | undefined): [string, string][] {
    return [...environment].map(([name, text]) => [name, this.text(text, place)]);
  }

  private worked(text: string, place: Place | undefined): string {
    const reduced = this.reduced(text, place);
    if (!reduced) return text;
    return reduced.done ? printTemplate([reduced.value]) : reduced.source;
  }

  private reduced(text: string, place: Place | undefined) {
    const template = this.findings.templateOf(text);
    const reduced = template.ok ? reduceTemplate(template.value, this.values) : template;
    if (reduced.ok) return reduced.value;
    this.findings.faults(place, reduced.faults);
    return undefined;
  }
}
