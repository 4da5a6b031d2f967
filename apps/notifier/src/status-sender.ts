import { Inject, Injectable, Optional } from '@nestjs/common';
import { ForgeRefused, ForgeUnavailable, RepositoryUnknown } from '#errors';
import type { CommitStatus, Forge, Forges } from '#forge';
import { CLOCK, type Clock } from '#jetstream';

export const FORGES = Symbol('Forges');

/** Sends statuses to the forge of a repository, and leaves it alone for as long as it asked to be. */
@Injectable()
export class StatusSender {
  /** By the forge's kind, in milliseconds since the epoch: limits are for all of its repositories. */
  readonly #quietUntil = new Map<Forge['kind'], number>();

  constructor(
    /** Nothing, when there is nowhere to send to. */
    @Optional() @Inject(FORGES) private readonly forges: Forges | undefined,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  /**
   * `unsupported`: the forge keeps no statuses. A refusal is an answer, since it is recorded.
   * @throws ForgeUnavailable
   */
  async send(repo: string, status: CommitStatus): Promise<'sent' | 'unsupported' | ForgeRefused | RepositoryUnknown> {
    try {
      const forge = this.forges?.of(repo);
      if (!forge?.statuses) return 'unsupported';
      await this.create(forge, () => forge.statuses?.create(repo, status));
      return 'sent';
    } catch (error) {
      if (error instanceof ForgeRefused || error instanceof RepositoryUnknown) return error;
      throw error;
    }
  }

  private async create({ kind }: Forge, create: () => Promise<void> | undefined): Promise<void> {
    const now = Date.parse(this.now());
    const wait = (this.#quietUntil.get(kind) ?? 0) - now;
    if (wait > 0) throw new ForgeUnavailable('it asked for a pause', wait);
    try {
      await create();
    } catch (error) {
      if (error instanceof ForgeUnavailable && error.retryAfterMs !== undefined)
        this.#quietUntil.set(kind, now + error.retryAfterMs);
      throw error;
    }
  }
}
