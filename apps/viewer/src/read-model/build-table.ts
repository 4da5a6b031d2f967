import type { BuildProgress, BuildSummary, JobProgress } from '#domain';
import type { Diagnostic } from '#events';
import type { ReadModelDatabase } from './read-model-database.js';

type BuildRow = Readonly<{ summary: string; diagnostics: string }>;

export const loadBuild = (db: ReadModelDatabase, id: string): BuildProgress | undefined => {
  const row = db.get<BuildRow>('SELECT summary, diagnostics FROM builds WHERE id = ?', id);
  if (!row) return undefined;
  const jobs = db.all<{ body: string }>('SELECT body FROM jobs WHERE build_id = ? ORDER BY position', id);
  return {
    summary: JSON.parse(row.summary) as BuildSummary,
    diagnostics: JSON.parse(row.diagnostics) as Diagnostic[],
    jobs: jobs.map(({ body }) => JSON.parse(body) as JobProgress),
  };
};

export const loadJob = (db: ReadModelDatabase, buildId: string, jobId: string): JobProgress | undefined => {
  const row = db.get<{ body: string }>('SELECT body FROM jobs WHERE build_id = ? AND job_id = ?', buildId, jobId);
  return row && (JSON.parse(row.body) as JobProgress);
};

/** Writes what is not as it was `saved`; `created` counts when the build is new. */
export const saveBuild = (
  db: ReadModelDatabase,
  build: BuildProgress,
  saved: BuildProgress | undefined,
  created: number,
): void => {
  const { summary, diagnostics, jobs } = build;
  if (summary !== saved?.summary || diagnostics !== saved.diagnostics)
    db.run(
      `INSERT INTO builds (id, created, created_at, repo_id, repo, branch, status, summary, diagnostics)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET status = excluded.status, summary = excluded.summary,
         diagnostics = excluded.diagnostics`,
      summary.id,
      created,
      summary.createdAt,
      summary.repoId,
      summary.repo,
      summary.branch,
      summary.status,
      JSON.stringify(summary),
      JSON.stringify(diagnostics),
    );
  jobs.forEach((job, position) => {
    if (job === saved?.jobs[position]) return;
    db.run(
      'INSERT OR REPLACE INTO jobs (build_id, position, job_id, status, body) VALUES (?, ?, ?, ?, ?)',
      summary.id,
      position,
      job.view.id,
      job.view.status,
      JSON.stringify(job),
    );
  });
};
