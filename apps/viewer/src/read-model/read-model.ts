import { Inject, Injectable } from '@nestjs/common';
import {
  attemptOf,
  buildView,
  pendingRequest,
  type AttemptView,
  type BuildSummary,
  type BuildView,
  type DeliveryView,
  type JobProgress,
  type RepoView,
  type RequestView,
} from '#domain';
import type { SqlValue } from '#embedded-database';
import { isRepoId } from '#events';
import { loadBuild, loadJob } from './build-table.js';
import { decodeCursor, encodeCursor, type CursorKey } from './cursor.js';
import { ReadModelDatabase } from './read-model-database.js';

export type Page<T> = Readonly<{ items: readonly T[]; next: string | null }>;
export type PageRequest = Readonly<{ limit: number; cursor?: string | undefined }>;
export type BuildFilter = Readonly<{
  repo?: string | undefined;
  branch?: string | undefined;
  status?: string | undefined;
  /** Created then or later: ISO 8601 in UTC. */
  since?: string | undefined;
}>;
const NOT_BEGUN = "('waiting', 'awaiting_approval', 'queued')";
const UNFINISHED = "('requested', 'planned', 'awaiting_approval', 'running')";

/** One row more than asked for tells whether there is a next page. */
const pageOf = <Row, T>(
  rows: readonly Row[],
  limit: number,
  key: (row: Row) => CursorKey,
  item: (row: Row) => T,
): Page<T> => {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(item), next: rows.length > limit && last ? encodeCursor(key(last)) : null };
};

type Dated = Readonly<{ created: number; body: string }>;

/** What the API answers from. All methods are synchronous and short. */
@Injectable()
export class ReadModel {
  constructor(@Inject(ReadModelDatabase) private readonly db: ReadModelDatabase) {}

  /** Newest first. @throws BadRequestException for a cursor that is none */
  builds(filter: BuildFilter, { limit, cursor }: PageRequest): Page<BuildSummary> {
    const { conditions, values } = this.chosen(filter);
    if (cursor !== undefined) {
      conditions.push('created < ?');
      values.push(...decodeCursor(cursor, ['number']));
    }
    const rows = this.db.all<Dated>(
      `SELECT created, summary AS body FROM builds WHERE ${conditions.join(' AND ')} ORDER BY created DESC LIMIT ?`,
      ...values,
      limit + 1,
    );
    return pageOf(
      rows,
      limit,
      ({ created }) => [created],
      ({ body }) => JSON.parse(body) as BuildSummary,
    );
  }

  /** Ids of the newest builds that the filter chooses, and how many it chooses in all. */
  buildIds(filter: BuildFilter, limit: number): Readonly<{ ids: readonly string[]; total: number }> {
    const { conditions, values } = this.chosen(filter);
    const where = conditions.join(' AND ');
    const rows = this.db.all<{ id: string }>(
      `SELECT id FROM builds WHERE ${where} ORDER BY created DESC LIMIT ?`,
      ...values,
      limit,
    );
    const counted = this.db.get<{ total: number }>(`SELECT count(*) AS total FROM builds WHERE ${where}`, ...values);
    return { ids: rows.map(({ id }) => id), total: counted?.total ?? 0 };
  }

  summary(id: string): BuildSummary | undefined {
    const row = this.db.get<{ body: string }>('SELECT summary AS body FROM builds WHERE id = ?', id);
    return row && (JSON.parse(row.body) as BuildSummary);
  }

  build(id: string): BuildView | undefined {
    const build = loadBuild(this.db, id);
    return build && buildView(build);
  }

  job(buildId: string, jobId: string): JobProgress | undefined {
    return loadJob(this.db, buildId, jobId);
  }

  attempt(buildId: string, jobId: string, attempt: number): AttemptView | undefined {
    const job = this.job(buildId, jobId);
    return job && attemptOf(job, attempt);
  }

  /** Newest first. */
  deliveries({ limit, cursor }: PageRequest): Page<DeliveryView> {
    const [before] = cursor === undefined ? [Number.MAX_SAFE_INTEGER] : decodeCursor(cursor, ['number']);
    const rows = this.db.all<Dated>(
      'SELECT created, body FROM deliveries WHERE created < ? ORDER BY created DESC LIMIT ?',
      before ?? 0,
      limit + 1,
    );
    return pageOf(
      rows,
      limit,
      ({ created }) => [created],
      ({ body }) => JSON.parse(body) as DeliveryView,
    );
  }

  /** By name. */
  repos({ limit, cursor }: PageRequest): Page<RepoView> {
    const [name, id] = cursor === undefined ? ['', ''] : decodeCursor(cursor, ['string', 'string']);
    const rows = this.db.all<{ name: string; id: string; body: string }>(
      'SELECT name, id, body FROM repos WHERE (name, id) > (?, ?) ORDER BY name, id LIMIT ?',
      name ?? '',
      id ?? '',
      limit + 1,
    );
    return pageOf(
      rows,
      limit,
      (row) => [row.name, row.id],
      ({ body }) => JSON.parse(body) as RepoView,
    );
  }

  /** By id or by `owner/name`, in which case does not count. */
  repo(idOrName: string): RepoView | undefined {
    const key = isRepoId(idOrName) ? 'id' : 'name';
    const row = this.db.get<{ body: string }>(`SELECT body FROM repos WHERE ${key} = ? ORDER BY id DESC`, idOrName);
    return row && (JSON.parse(row.body) as RepoView);
  }

  request(id: string): RequestView {
    const row = this.db.get<{ body: string }>('SELECT body FROM requests WHERE id = ?', id);
    return row ? (JSON.parse(row.body) as RequestView) : pendingRequest(id);
  }

  /** `<build> <job>` of every job that a runner has begun, of builds that have not ended. */
  begunJobs(): ReadonlySet<string> {
    const rows = this.db.all<{ build: string; job: string }>(
      `SELECT jobs.build_id AS build, jobs.job_id AS job FROM builds JOIN jobs ON jobs.build_id = builds.id
       WHERE builds.status IN ${UNFINISHED} AND jobs.status NOT IN ${NOT_BEGUN}`,
    );
    return new Set(rows.map(({ build, job }) => `${build} ${job}`));
  }

  private chosen({ repo, branch, status, since }: BuildFilter): { conditions: string[]; values: SqlValue[] } {
    const conditions: string[] = ['TRUE'];
    const values: SqlValue[] = [];
    const where = (condition: string, value: SqlValue): void => {
      conditions.push(condition);
      values.push(value);
    };
    if (repo !== undefined) {
      const id = isRepoId(repo) ? repo : this.repo(repo)?.id;
      if (id === undefined) where('repo = ?', repo);
      else where('repo_id = ?', id);
    }
    if (branch !== undefined) where('branch = ?', branch);
    if (status !== undefined) where('status = ?', status);
    if (since !== undefined) where('created_at >= ?', since);
    return { conditions, values };
  }
}
