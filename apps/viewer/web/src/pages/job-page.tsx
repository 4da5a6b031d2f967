import type { JobView } from '#domain';
import { api, apiUrl } from '../api/api.js';
import { useResource } from '../api/use-resource.js';
import { AttemptLog, OPEN } from '../log/attempt-log.js';
import { ServiceLogs } from '../log/service-logs.js';
import { hrefOf } from '../routing/route.js';
import { Problem } from '../ui/problem.js';
import { jobStatus, Status } from '../ui/status.js';
import { Took } from '../ui/times.js';
import { useTitle } from '../ui/use-title.js';
import { ArtifactList } from './artifact-list.js';
import { EndingList } from './ending-list.js';
import { TestList } from './test-list.js';
import { runsAsAlways } from './why.js';

const Attempts = ({ build, job, shown }: Readonly<{ build: string; job: JobView; shown: number }>) =>
  job.earlier.length === 0 ? null : (
    <nav class="attempts" aria-label="Attempts">
      {[...job.earlier.map(({ attempt }) => attempt), job.attempt].map((attempt) => (
        <a
          key={attempt}
          href={hrefOf({ page: 'job', build, job: job.id, attempt })}
          aria-current={attempt === shown ? 'true' : undefined}
        >
          attempt {attempt}
        </a>
      ))}
    </nav>
  );

type Props = Readonly<{ id: string; jobId: string; pinned: number | undefined; hash: string }>;

export const JobPage = ({ id, jobId, pinned, hash }: Props) => {
  const {
    data: build,
    problem,
    reload,
  } = useResource(
    id,
    () => api.build(id),
    (event) => event.kind === 'build' && event.build.id === id,
  );
  const job = build?.jobs.find((candidate) => candidate.id === jobId);
  const attempt = pinned ?? job?.attempt ?? 0;
  useTitle(build && job ? `${job.status} · ${job.title} · ${build.repo} #${build.number}` : 'Job');
  if (!build) return problem ? <Problem problem={problem} retry={reload} /> : <p class="muted">Loading…</p>;
  const here = hrefOf({ page: 'build', build: id });
  if (!job)
    return (
      <p>
        Build #{build.number} has no job of this name. <a href={here}>Its jobs</a>
      </p>
    );
  const earlier = job.earlier.find((candidate) => candidate.attempt === attempt);
  const reason = earlier ? earlier.reason : (job.failure?.message ?? (runsAsAlways(job) ? null : job.reason));
  return (
    <div class="job-page">
      {problem && <Problem problem={problem} retry={reload} />}
      <header class="head">
        <div class="headline">
          <Status status={earlier?.outcome ?? jobStatus(job)} />
          <h1>{job.title}</h1>
          <a href={here}>
            {build.repo} #{build.number}
          </a>
          {!earlier && <Took from={job.startedAt} to={job.finishedAt} />}
        </div>
        <div class="actions">
          <Attempts build={id} job={job} shown={attempt} />
          {attempt > 0 && (
            <a href={apiUrl(['builds', id, 'jobs', jobId, 'log.txt'], { attempt })} target="_blank" rel="noopener">
              Raw log
            </a>
          )}
        </div>
        {(job.tests || earlier) && attempt > 0 && (
          <TestList build={id} job={jobId} attempt={attempt} known={job.tests !== null} />
        )}
        {(job.artifacts.files > 0 || earlier) && attempt > 0 && (
          <ArtifactList build={id} job={jobId} attempt={attempt} files={job.artifacts.files} />
        )}
        {reason && <p class={job.failure ? 'reason failure' : 'reason'}>{reason}</p>}
        <EndingList ending={(earlier ?? job).ending} running={!earlier && job.status === 'running'} />
      </header>
      {attempt > 0 ? (
        <div class="logs" key={attempt}>
          <ServiceLogs build={build} job={job} attempt={attempt} hash={hash} onEnd={reload} />
          <div class="steps">
            <AttemptLog build={build} job={job} attempt={attempt} hash={hash} onEnd={reload} />
          </div>
        </div>
      ) : (
        <p class="empty">
          {OPEN.includes(job.status)
            ? 'The log begins here when the job starts.'
            : 'This job did not run, so it has no log.'}
        </p>
      )}
    </div>
  );
};
