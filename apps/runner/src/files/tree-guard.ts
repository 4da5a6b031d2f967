import { dirname, join } from 'node:path/posix';
import type { TreeEntry } from '../executor/index.js';

export type GuardRules = Readonly<{
  /** The roots that paths are below. */
  roots: readonly string[];
  /** `within`: a link must not lead out of its root. `any`: as it is; nothing is ever read or written through it. */
  links: 'within' | 'any';
}>;

type Looked = Pick<TreeEntry, 'path' | 'kind' | 'target'>;

/**
 * Looks at entries of one tree in their order, before they are kept or put anywhere. Names come from jobs, and from stores
 * that several write to.
 */
export class TreeGuard {
  readonly #files = new Set<string>();
  readonly #links = new Set<string>();

  constructor(private readonly rules: GuardRules) {}

  /** Why it is refused; undefined: it is let through, and others may be below it or be the same file. */
  refusal(entry: Looked): string | undefined {
    const why = refusedPath(entry.path, this.rules.roots) ?? this.refusedKind(entry);
    if (why !== undefined) return why;
    if (entry.kind === 'link') this.#links.add(entry.path);
    else this.#links.delete(entry.path);
    if (entry.kind === 'file' || entry.kind === 'hardlink') this.#files.add(entry.path);
    return undefined;
  }

  private refusedKind({ path, kind, target }: Looked): string | undefined {
    for (let above = dirname(path); above !== '.'; above = dirname(above))
      if (this.#links.has(above)) return `it is below a link, ${above}`;
    switch (kind) {
      case 'other':
        return 'it is no plain file, folder or link, or cannot be read';
      case 'link':
        return this.refusedTarget(path, target ?? '');
      case 'hardlink':
        return target !== undefined && this.#files.has(target)
          ? undefined
          : 'the file that it is linked to is not there';
      default:
        return undefined;
    }
  }

  private refusedTarget(path: string, target: string): string | undefined {
    if (target === '' || target.includes('\0')) return 'it is a link to nowhere';
    if (this.rules.links === 'any') return undefined;
    if (target.startsWith('/')) return `it is a link to ${target}: only links within the tree are kept`;
    // A name before `..` may be a link itself, and lead elsewhere than its place says.
    const names = target.split('/').filter((name) => name !== '' && name !== '.');
    const first = names.findIndex((name) => name !== '..');
    const isPlain = first < 0 || !names.slice(first).includes('..');
    const root = path.split('/')[0] ?? '';
    const lands = join(dirname(path), target).replace(/\/$/, '');
    if (isPlain && (lands === root || lands.startsWith(`${root}/`))) return undefined;
    return `it is a link to ${target}, which leads out of the tree`;
  }
}

const refusedPath = (path: string, roots: readonly string[]): string | undefined => {
  const segments = path.split('/');
  if (path.includes('\0')) return 'its name has a NUL character';
  if (path.startsWith('/')) return 'its name is absolute';
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    return 'its name leads elsewhere';
  return roots.includes(segments[0] ?? '') ? undefined : 'it is outside of the tree';
};
