import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { messageOf, FileTooLarge } from '#errors';
import type { Diagnostic } from '#events';
import type { Forges } from '#forge';
import { MAX_SPEC_BYTES } from '#spec';

export const FORGES = Symbol('Forges');
export const SPEC_PATH = '.cairn.yml';

/** The spec at a commit; `missing`: the commit has none; `fault`: it is there and cannot be taken. */
export type SpecText = Readonly<{ text: string } | { missing: true } | { fault: Diagnostic }>;

const CACHED_BYTES = 16 * 1024 * 1024;

/** Reads specs. What stands at a commit never changes, so the most recent ones are kept. */
@Injectable()
export class SpecSource {
  readonly #known = new LRUCache<string, SpecText & object>({
    maxSize: CACHED_BYTES,
    sizeCalculation: (spec) => ('text' in spec ? spec.text.length : 0) + 200,
  });

  constructor(@Inject(FORGES) private readonly forges: Forges) {}

  /** @throws what `Forge.fileAt` throws, but FileTooLarge */
  async at(repo: string, sha: string): Promise<SpecText> {
    const key = `${repo} ${sha}`;
    const known = this.#known.get(key);
    if (known) return known;
    const spec = await this.read(repo, sha);
    this.#known.set(key, spec);
    return spec;
  }

  private async read(repo: string, sha: string): Promise<SpecText> {
    try {
      const text = await this.forges.of(repo).fileAt(repo, sha, SPEC_PATH, MAX_SPEC_BYTES);
      return text === undefined ? { missing: true } : { text };
    } catch (error) {
      if (!(error instanceof FileTooLarge)) throw error;
      return { fault: { severity: 'error', message: messageOf(error), line: 1, column: 1 } };
    }
  }
}
