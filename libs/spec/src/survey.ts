import { isAlias, isMap, isScalar, isSeq, type Alias, type Node, type Pair, type YAMLMap } from 'yaml';
import { spanOf, type Findings } from './findings.js';
import { shown } from './wording.js';

/** How many values a file may have when each alias is counted as what it stands for. */
export const MAX_EXPANDED = 100_000;

/**
 * One walk over the whole document in the order of the file, before anything is read from it: finds the node behind
 * each alias, keys that are repeated or not text, and aliases that unfold into more than a file may hold.
 */
export class Survey {
  private readonly anchors = new Map<string, Node>();
  private readonly sizes = new Map<Node, number>();
  private readonly targets = new Map<Alias, Node>();
  private unfolded = 0;
  /** The aliases unfold into too much: the document must not be read. */
  exceeded = false;

  constructor(
    root: Node | null,
    private readonly findings: Findings,
  ) {
    if (root) this.walk(root);
  }

  /** The node itself, or the one that an alias stands for; undefined when there is none, which was reported. */
  resolve(node: Node): Exclude<Node, Alias> | undefined {
    const target = isAlias(node) ? this.targets.get(node) : node;
    return target && !isAlias(target) ? target : undefined;
  }

  /** Counts the values in a node, with those that its aliases stand for. */
  private walk(node: Node): number {
    if (this.exceeded) return 0;
    if (isAlias(node)) return this.follow(node);
    if (node.anchor) this.anchors.set(node.anchor, node);
    let size = 1;
    if (isSeq(node)) for (const item of node.items) size += this.walk(item as Node);
    if (isMap(node)) size += this.walkMapping(node);
    if (node.anchor) this.sizes.set(node, size);
    return size;
  }

  private walkMapping(mapping: YAMLMap): number {
    const seen = new Map<string, Node>();
    let size = 0;
    for (const { key, value } of mapping.items as Pair<Node | null, Node | null>[]) {
      if (isScalar(key) && key.source) {
        if (seen.has(key.source)) this.findings.error('YAML_KEY_TWICE', spanOf(key), this.repeated(key.source));
        seen.set(key.source, key);
        size += this.walk(key);
      } else {
        const place = key ?? value ?? mapping;
        this.findings.error('YAML_KEY_NOT_TEXT', spanOf(place), 'a key must be a text, written before a `:`');
      }
      if (value) size += this.walk(value);
    }
    return size;
  }

  private repeated(key: string): string {
    if (key === '<<') return '`<<` is given twice; write both in one: `<<: [*one, *two]`';
    return `the key ${shown(key)} is given twice; the first would be lost`;
  }

  private follow(alias: Alias): number {
    const target = this.anchors.get(alias.source);
    const size = target && this.sizes.get(target);
    if (!target) {
      const name = shown(`*${alias.source}`);
      const anchor = shown(`&${alias.source}`);
      this.findings.error(
        'YAML_UNKNOWN_ALIAS',
        spanOf(alias),
        `${name} is an alias, and no anchor ${anchor} comes before it; if it is meant as text, put it in quotes`,
      );
    } else if (size === undefined) {
      this.findings.error(
        'YAML_ALIAS_IN_ITSELF',
        spanOf(alias),
        `the alias ${shown(`*${alias.source}`)} stands for a value that it is part of`,
      );
    } else {
      this.targets.set(alias, target);
      this.unfolded += size;
      if (this.unfolded > MAX_EXPANDED) {
        this.exceeded = true;
        const message = `the aliases of the file stand for more than ${MAX_EXPANDED} values`;
        this.findings.error('TOO_MANY_ALIASES', spanOf(alias), message);
      }
    }
    return size ?? 1;
  }
}
