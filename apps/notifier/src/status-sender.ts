import { Inject, Injectable, Optional } from '@nestjs/common';
import { ForgeRefused, ForgeUnavailable, RepositoryUnknown } from '#errors';
import type { CommitStatus, Forge, Forges, StatusBoard } from '#forge';
import { CLOCK, type Clock } from '#jetstream';

export const FORGES = Symbol('Forges');

type Unsent = 'unsupported' | ForgeRefused | RepositoryUnknown;
type Sent = 'sent' | Unsent;

const isSame = (a: CommitStatus, b: CommitStatus): boolean =>
  a.state === b.state && a.description === b.description && a.targetUrl === b.targetUrl;

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
  async send(repo: string, status: CommitStatus): Promise<Sent> {
    return this.with(repo, async (board) => {
      await board.create(repo, status);
      return 'sent';
    });
  }

  /**
   * Sends it unless the commit has one of this context. What somebody else says meanwhile is not covered: it is said again.
   * @throws ForgeUnavailable
   */
  async sendIfNone(repo: string, status: CommitStatus): Promise<Sent | 'told'> {
    return this.with(repo, async (board) => {
      const { sha, context } = status;
      if ((await board.newest(repo, sha, context, 1)).length > 0) return 'told';
      await board.create(repo, status);
      const [last, before] = await board.newest(repo, sha, context, 2);
      if (before && last && isSame(last, status) && !isSame(before, status)) await board.create(repo, before);
      return 'sent';
    });
  }

  private async with<T extends string>(repo: string, work: (board: StatusBoard) => Promise<T>): Promise<T | Unsent> {
    try {
      const forge = this.forges?.of(repo);
      const board = forge?.statuses;
      if (!forge || !board) return 'unsupported';
      return await this.quietly(forge, () => work(board));
    } catch (error) {
      if (error instanceof ForgeRefused || error instanceof RepositoryUnknown) return error;
      throw error;
    }
  }

  private async quietly<T>({ kind }: Forge, work: () => Promise<T>): Promise<T> {
    const now = Date.parse(this.now());
    const wait = (this.#quietUntil.get(kind) ?? 0) - now;
    if (wait > 0) throw new ForgeUnavailable('it asked for a pause', wait);
    try {
      return await work();
    } catch (error) {
      if (error instanceof ForgeUnavailable && error.retryAfterMs !== undefined)
        this.#quietUntil.set(kind, now + error.retryAfterMs);
      throw error;
    }
  }
}
