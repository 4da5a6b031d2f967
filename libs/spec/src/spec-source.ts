import { validateSync, type ValidationError } from 'class-validator';
import { isMap, isScalar, isSeq, Scalar, type Alias, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import type { SpecCode } from './codes.js';
import { complaintAbout } from './complaint.js';
import { spanOf, type Findings, type Place, type Span } from './findings.js';
import type { Level } from './keys.js';
import type { Survey } from './survey.js';

/** A key of a mapping with its value; `span` is that of the key. */
export type Entry = Readonly<{ key: string; span: Span; value: Node }>;
/** Key → entry: those of one mapping that belong there. */
export type Entries = ReadonlyMap<string, Entry>;

/** Of each thing that a file asks for: that many places are remembered. */
const MAX_USES = 20;

const isMergeKey = (key: unknown): boolean => isScalar(key) && key.type === Scalar.PLAIN && key.source === '<<';

/** The value of a key that has none. */
export const nothingAt = (offset: number): Node => {
  const nothing = new Scalar(null);
  nothing.source = '';
  nothing.range = [offset, offset, offset];
  return nothing;
};

const kindOf = (node: Node): string => {
  if (isMap(node)) return 'a mapping (`key: value`)';
  if (isSeq(node)) return 'a list';
  return isScalar(node) && node.value === null ? 'empty' : 'a single text';
};

export const isEmpty = (node: Node | undefined): boolean => isScalar(node) && node.value === null;

/** Access to the nodes of one file: takes them for what a pipeline expects there, or says what is wrong and where. */
export class SpecSource {
  /** What the file asks for, like `job.timeout` or `expression` → where. */
  readonly used = new Map<string, Span[]>();
  private readonly right = new Set<string>();

  constructor(
    readonly text: string,
    private readonly survey: Survey,
    readonly findings: Findings,
  ) {}

  /** The node itself, or what its alias stands for; undefined when there is none, which was reported. */
  resolve(node: Node): Exclude<Node, Alias> | undefined {
    return this.survey.resolve(node);
  }

  error(code: SpecCode, node: Node, message: string, suggestion?: string): undefined {
    this.findings.error(code, spanOf(node), message, suggestion);
    return undefined;
  }

  placeOf(node: Node): Place {
    return this.findings.placeOf(spanOf(node));
  }

  /** A node that is not what was expected; `should` says what is, `what` is the subject of the sentence. */
  mismatch(node: Node, what: string, should: string): undefined {
    return this.error('WRONG_KIND', node, `${what} ${should}, but is ${kindOf(node)}`);
  }

  mapping(node: Node, what: string, should: string): YAMLMap | undefined {
    const found = this.resolve(node);
    if (!found || isMap(found)) return found;
    return this.mismatch(found, what, should);
  }

  list(node: Node, what: string, should: string): YAMLSeq<Node> | undefined {
    const found = this.resolve(node);
    if (!found) return undefined;
    if (!isSeq(found)) return this.mismatch(found, what, should);
    return found as YAMLSeq<Node>;
  }

  /** The text of a scalar as it stands in the file, whatever YAML takes it for. */
  scalar(node: Node, what: string, should = 'must be a text'): string | undefined {
    const found = this.resolve(node);
    if (!found) return undefined;
    if (!isScalar(found)) return this.mismatch(found, what, should);
    const text = found.source ?? '';
    if (!text.includes('\0')) return text;
    return this.error('NUL_CHARACTER', found, `${what} contains a NUL character, which no command can be given`);
  }

  /** As `scalar`, and not empty. */
  words(node: Node, what: string, should?: string): string | undefined {
    const text = this.scalar(node, what, should);
    if (text === undefined) return undefined;
    const found = this.resolve(node);
    if (found?.tag?.startsWith('!')) return undefined; // a text that begins with `!` is no text to YAML, which was reported
    return text.trim() === '' || isEmpty(found) ? this.error('EMPTY', found ?? node, `${what} is empty`) : text;
  }

  /** The entries of a mapping, with those merged by `<<` after its own, which win. */
  entries(mapping: YAMLMap): Entry[] {
    const entries = new Map<string, Entry>();
    const merged: Node[] = [];
    for (const { key, value } of mapping.items as Pair<Node | null, Node | null>[]) {
      if (!isScalar(key) || !key.source) continue; // the survey reported it
      const span = spanOf(key);
      if (isMergeKey(key)) merged.push(value ?? nothingAt(span.end));
      else if (!entries.has(key.source))
        entries.set(key.source, { key: key.source, span, value: value ?? nothingAt(span.end) });
    }
    for (const node of merged)
      for (const entry of this.mergedFrom(node)) if (!entries.has(entry.key)) entries.set(entry.key, entry);
    return [...entries.values()];
  }

  /** The entries that belong on a level; says what is wrong with each of the others. */
  known(level: Level, entries: readonly Entry[]): Entries {
    const known = new Map<string, Entry>();
    for (const entry of entries) {
      if (this.findings.full) break; // no complaint would be shown
      const complaint = complaintAbout(level, entry.key);
      if (complaint) this.findings.error(complaint.code, entry.span, complaint.message, complaint.suggestion);
      else {
        known.set(entry.key, entry);
        this.use(`${level}.${entry.key}`, entry.span);
      }
    }
    return known;
  }

  /** Notes that the file asks for something. */
  use(what: string, span: Span): void {
    const spans = this.used.get(what);
    if (!spans) this.used.set(what, [span]);
    else if (spans.length < MAX_USES) spans.push(span);
  }

  /** Applies the rules of an instance's class, whose context is the code; `span` gives where a property stands. */
  check(instance: object, span: (property: string) => Span): void {
    this.report(validateSync(instance), span);
  }

  /** As `check`, for a name of a kind that may be all over the file: each is looked at until it was found right. */
  checkOnce(kind: string, name: string, make: () => object, span: Span): void {
    const key = `${kind} ${name}`;
    if (this.right.has(key)) return;
    const faults = validateSync(make());
    if (faults.length === 0) this.right.add(key);
    else this.report(faults, () => span);
  }

  private report(faults: readonly ValidationError[], span: (property: string) => Span): void {
    for (const { property, constraints = {}, contexts = {} } of faults)
      for (const [rule, message] of Object.entries(constraints))
        this.findings.error((contexts[rule] as { code: SpecCode }).code, span(property), message);
  }

  private mergedFrom(node: Node): Entry[] {
    const found = this.resolve(node);
    if (!found) return [];
    if (isMap(found)) return this.entries(found);
    if (isSeq(found) && found.items.every((item) => isMap(this.resolve(item as Node))))
      return found.items.flatMap((item) => this.mergedFrom(item as Node));
    this.error('YAML_MERGE', found, '`<<` takes the alias of a mapping (`<<: *name`) or a list of such');
    return [];
  }
}
