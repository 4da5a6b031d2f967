import { LRUCache } from 'lru-cache';
import {
  deliveryView,
  evolveBuild,
  repoView,
  requestView,
  type BuildProgress,
  type DeliveryView,
  type RepoView,
  type RequestView,
} from '#domain';
import { aggregateOf, type CairnEvent, type DeliveryEvent, type RepoEvent, type RequestEvent } from '#events';
import { loadBuild, saveBuild } from './build-table.js';
import type { Notice } from './notice.js';
import type { ReadModelDatabase } from './read-model-database.js';

const KEPT_BUILDS = 500;

type ChangedBuild = {
  build: BuildProgress;
  readonly saved: BuildProgress | undefined;
  readonly created: number;
  seq: number;
};
type Changed<View> = Map<string, Readonly<{ view: View; seq: number }>>;

/** Collects what a batch of events changes, and writes it at once. */
export class ReadModelWriter {
  private readonly kept = new LRUCache<string, BuildProgress>({ max: KEPT_BUILDS });
  private readonly builds = new Map<string, ChangedBuild>();
  private readonly deliveries: Changed<DeliveryView> = new Map();
  private readonly repos: Changed<RepoView> = new Map();
  private readonly requests: Changed<RequestView> = new Map();

  constructor(private readonly db: ReadModelDatabase) {}

  apply(subject: string, seq: number, event: CairnEvent): void {
    const aggregate = aggregateOf(subject);
    switch (aggregate?.kind) {
      case 'plan':
        return this.evolve(aggregate.buildId, undefined, seq, event);
      case 'job':
      case 'log':
        return this.evolve(aggregate.buildId, aggregate.jobId, seq, event);
      case 'delivery':
        this.deliveries.set(aggregate.id, { view: deliveryView(aggregate.id, event as DeliveryEvent), seq });
        return;
      case 'repo':
        this.repos.set(aggregate.repoId, { view: repoView(event as RepoEvent), seq });
        return;
      case 'request':
        this.requests.set(aggregate.id, { view: requestView(aggregate.id, event as RequestEvent), seq });
        return;
      case 'group':
      case 'notice':
      case undefined:
        return; // nothing of them is shown
    }
  }

  /** Writes everything and moves the read model from one sequence to the other. Returns what changed, in order. */
  commit(from: number, to: number): Notice[] {
    this.db.commit(from, to, () => {
      for (const { build, saved, created } of this.builds.values()) saveBuild(this.db, build, saved, created);
      for (const [id, { view, seq }] of this.deliveries)
        this.db.run(
          'INSERT INTO deliveries VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
          id,
          seq,
          JSON.stringify(view),
        );
      for (const [id, { view }] of this.repos)
        this.db.run('INSERT OR REPLACE INTO repos VALUES (?, ?, ?)', id, view.name, JSON.stringify(view));
      for (const [id, { view }] of this.requests)
        this.db.run('INSERT OR REPLACE INTO requests VALUES (?, ?)', id, JSON.stringify(view));
    });
    const notices = this.notices();
    for (const [id, { build }] of this.builds) this.kept.set(id, build);
    this.forget();
    return notices;
  }

  /** Drops what was not written, and after `everything` also what is known of what was. */
  forget(everything = false): void {
    for (const changed of [this.builds, this.deliveries, this.repos, this.requests]) changed.clear();
    if (everything) this.kept.clear();
  }

  private evolve(id: string, jobId: string | undefined, seq: number, event: CairnEvent): void {
    const changed = this.builds.get(id);
    const before = changed?.build ?? this.kept.get(id) ?? loadBuild(this.db, id);
    const build = evolveBuild(before, event, jobId);
    if (!build || build === before) return;
    if (changed) Object.assign(changed, { build, seq });
    else this.builds.set(id, { build, saved: before, created: seq, seq });
  }

  private notices(): Notice[] {
    const all: Notice[] = [];
    for (const [id, { build, seq }] of this.builds) {
      const { number, repo, status } = build.summary;
      all.push({ kind: 'build', data: { id, number, repo, status, seq } });
    }
    for (const [id, { view, seq }] of this.deliveries)
      all.push({ kind: 'delivery', data: { id, outcome: view.outcome, seq } });
    for (const [id, { seq }] of this.repos) all.push({ kind: 'repo', data: { id, seq } });
    return all.sort((a, b) => a.data.seq - b.data.seq);
  }
}
