import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ForgeRefused, RepositoryUnknown } from '#errors';
import type { Trigger } from '#events';
import type { Forges } from '#forge';
import { asksForFiles, type Pipeline } from '#spec';
import { FORGES } from './spec-source.js';

const KNOWN = 200;

/** Which files a trigger is about. What two commits differ by never changes, so the most recent answers are kept. */
@Injectable()
export class ChangedFiles {
  readonly #known = new LRUCache<string, { files: readonly string[] | undefined }>({ max: KNOWN });

  constructor(@Inject(FORGES) private readonly forges: Forges) {}

  /** Undefined: not known, or no rule of the pipeline asks for them. @throws ForgeUnavailable */
  async of(repo: string, pipeline: Pipeline, trigger: Trigger): Promise<readonly string[] | undefined> {
    const { before, sha } = trigger;
    if (before === undefined || !asksForFiles(pipeline, trigger)) return undefined;
    const key = `${repo} ${before} ${sha}`;
    const known = this.#known.get(key) ?? { files: await this.ask(repo, before, sha) };
    this.#known.set(key, known);
    return known.files;
  }

  private async ask(repo: string, before: string, head: string): Promise<readonly string[] | undefined> {
    try {
      return await this.forges.of(repo).changedFiles(repo, before, head);
    } catch (error) {
      if (error instanceof ForgeRefused || error instanceof RepositoryUnknown) return undefined;
      throw error;
    }
  }
}
