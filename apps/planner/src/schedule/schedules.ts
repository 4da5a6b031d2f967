import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { repoDecider } from '#domain';
import { CommandRefused, messageOf } from '#errors';
import { buildId, subjects, type RepoSchedules, type RepoSnapshot } from '#events';
import type { Forges } from '#forge';
import { Aggregates, CLOCK, type Clock } from '#jetstream';
import { ENABLED_REPOS, type EnabledRepos } from '../enabled-repos.js';
import { FORGES } from '../spec-source.js';
import { latestSlot } from './latest-slot.js';
import { ScheduledRepos } from './scheduled-repos.js';

const TICK_MS = 5_000;
const MINUTE_MS = 60_000;

type Entry = RepoSchedules['entries'][number];

/**
 * Begins builds when their time has come. Every replica looks once a minute, and decides from the repository's state: the
 * time that is built is written with the build's number, so that one of them wins. Of times that were missed only the
 * latest is built.
 */
@Injectable()
export class Schedules implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Schedules.name);
  private timer: NodeJS.Timeout | undefined;
  private ticking: Promise<void> | undefined;
  /** The minute in which a repository was last looked at to the end. */
  readonly #looked = new Map<string, number>();

  constructor(
    private readonly aggregates: Aggregates,
    @Inject(ScheduledRepos) private readonly repos: Pick<ScheduledRepos, 'start' | 'stop' | 'all'>,
    @Inject(FORGES) private readonly forges: Forges,
    @Inject(ENABLED_REPOS) private readonly isEnabled: EnabledRepos,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.repos.start();
    this.timer = setInterval(() => void this.tick(), TICK_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.repos.stop();
    await this.ticking;
  }

  /** Settles when every repository was looked at. What fails is tried again by the next tick. */
  async tick(): Promise<void> {
    this.ticking ??= this.look().finally(() => (this.ticking = undefined));
    await this.ticking;
  }

  private async look(): Promise<void> {
    const now = this.now();
    const minute = Math.floor(Date.parse(now) / MINUTE_MS);
    for (const repo of this.repos.all()) {
      if (this.#looked.get(repo.repoId) === minute || !this.isEnabled(repo.repo, repo)) continue;
      try {
        for (const entry of repo.schedules?.entries ?? []) await this.begin(repo, entry, now);
        this.#looked.set(repo.repoId, minute);
      } catch (error) {
        this.logger.warn(`${repo.repo}: ${messageOf(error)}`);
      }
    }
  }

  private async begin(known: RepoSnapshot, { cron, slot: last }: Entry, now: string): Promise<void> {
    const slot = latestSlot(cron, now);
    if (slot === undefined || slot <= last) return;
    const subject = subjects.repo(known.repoId);
    const { state, revision } = await this.aggregates.load(repoDecider, subject);
    const { repoId, repo, defaultBranch } = state.snapshot ?? known;
    const ref = `refs/heads/${defaultBranch}`;
    const sha = await this.forges.of(repo).resolve(repo, ref);
    if (sha === undefined) throw new CommandRefused(`${repo} has no branch ${defaultBranch}`);
    const id = `${repoId} ${cron} ${slot}`;
    const title = `scheduled: ${cron}`;
    await this.aggregates.execute(repoDecider, subject, {
      ...{ subject, at: now, cause: id, actor: { kind: 'schedule', id: cron, name: title } },
      ...{ repoId, repo, defaultBranch },
      type: 'RegisterBuild',
      buildId: buildId(revision, id),
      trigger: { event: 'schedule', ref, sha, branch: defaultBranch, isDefaultBranch: true, title, author: '' },
      origin: { kind: 'schedule', id },
      schedule: { cron, slot },
    });
  }
}
