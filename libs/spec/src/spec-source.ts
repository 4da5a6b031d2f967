import { validateSync } from 'class-validator';
import { isMap, isScalar, isSeq, Scalar, type Alias, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Findings } from './findings.js';
import { offsetOf, type Survey } from './survey.js';

/** A key of a mapping with its value; `at` is the offset of the key. */
export type Entry = Readonly<{ key: string; at: number; value: Node }>;

const isMergeKey = (key: unknown): boolean => isScalar(key) && key.type === Scalar.PLAIN && key.source === '<<';

const nothingAt = (offset: number): Node => {
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

/** Access to the nodes of one file: takes them for what a pipeline expects there, or says what is wrong and where. */
export class SpecSource {
  constructor(
    private readonly text: string,
    private readonly survey: Survey,
    readonly findings: Findings,
  ) {}

  resolve(node: Node): Exclude<Node, Alias> | undefined {
    return this.survey.resolve(node);
  }

  error(node: Node, message: string): undefined {
    this.findings.error(offsetOf(node), message);
    return undefined;
  }

  /** A node that is not what was expected; `should` says what is, `what` is the subject of the sentence. */
  mismatch(node: Node, what: string, should: string): undefined {
    return this.error(node, `${what} ${should}, but is ${kindOf(node)}`);
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
    if (text.includes('\0'))
      return this.error(found, `${what} contains a NUL character, which no command can be given`);
    if (text.includes('${{')) {
      this.findings.error(this.placeIn(found, '${{'), 'expressions (`${{ … }}`) are not supported yet by this version');
      return undefined;
    }
    return text;
  }

  /** As `scalar`, and not empty. */
  words(node: Node, what: string, should?: string): string | undefined {
    const text = this.scalar(node, what, should);
    if (text === undefined) return undefined;
    const found = this.resolve(node);
    const empty = text.trim() === '' || (isScalar(found) && found.value === null);
    return empty ? this.error(found ?? node, `${what} is empty`) : text;
  }

  /** The entries of a mapping, with those merged by `<<` after its own, which win. */
  entries(mapping: YAMLMap): Entry[] {
    const entries = new Map<string, Entry>();
    const merged: Node[] = [];
    for (const { key, value } of mapping.items as Pair<Node | null, Node | null>[]) {
      if (!isScalar(key) || !key.source) continue; // the survey reported it
      const at = offsetOf(key);
      if (isMergeKey(key)) merged.push(value ?? nothingAt(at));
      else if (!entries.has(key.source))
        entries.set(key.source, { key: key.source, at, value: value ?? nothingAt(at) });
    }
    for (const node of merged)
      for (const entry of this.mergedFrom(node)) if (!entries.has(entry.key)) entries.set(entry.key, entry);
    return [...entries.values()];
  }

  /** Applies the rules of an instance's class; `place` gives the node that holds the property. */
  check(instance: object, place: (property: string) => number): void {
    for (const { property, constraints = {} } of validateSync(instance))
      for (const message of Object.values(constraints)) this.findings.error(place(property), message);
  }

  private mergedFrom(node: Node): Entry[] {
    const found = this.resolve(node);
    if (!found) return [];
    if (isMap(found)) return this.entries(found);
    if (isSeq(found) && found.items.every((item) => isMap(this.resolve(item as Node))))
      return found.items.flatMap((item) => this.mergedFrom(item as Node));
    this.error(found, '`<<` takes the alias of a mapping (`<<: *name`) or a list of such');
    return [];
  }

  /** Where a piece of a scalar begins in the file; escapes and folding may hide it, then where the scalar begins. */
  private placeIn(node: Scalar, piece: string): number {
    const [start, end] = node.range ?? [0, 0];
    const found = this.text.indexOf(piece, start);
    return found >= 0 && found < end ? found : start;
  }
}
