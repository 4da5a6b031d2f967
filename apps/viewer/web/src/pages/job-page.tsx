import type { BuildView, JobView } from '#domain';
import { useMemo } from 'preact/hooks';
import { api, apiUrl } from '../api/api.js';
import { useResource } from '../api/use-resource.js';
import { LogView } from '../log/log-view.js';
import { useLogStream } from '../log/use-log-stream.js';
import { targetOf } from '../routing/permalink.js';
import { hrefOf } from '../routing/route.js';
import { Problem } from '../ui/problem.js';
import { jobStatus, Status } from '../ui/status.js';
import { Took } from '../ui/times.js';
import { useStoredFlag } from '../ui/use-stored-flag.js';
import { useTitle } from '../ui/use-title.js';
import { ArtifactList } from './artifact-list.js';
import { TestList } from './test-list.js';
import { runsAsAlways } from './why.js';

const OPEN: readonly JobView['status'][] = ['waiting', 'awaiting_approval', 'queued', 'running'];

type LogProps = Readonly<{ build: BuildView; job: JobView; attempt: number; hash: string; onEnd: () => void }>;

const JobLog = ({ build, job, attempt, hash, onEnd }: LogProps) => {
  const { model, version, state, problem } = useLogStream(build.id, job.id, attempt, onEnd);
  const [times, toggleTimes] = useStoredFlag('cairn.times');
  const newest = attempt === job.attempt;
  // While rendering, since the same rendering shows it; saying it twice changes nothing.
  useMemo(() => {
    if (newest) for (const step of job.steps) model.describe(step);
  }, [job, model, newest]);
  const failed = newest ? job.steps.find(({ status }) => status === 'failed')?.index : undefined;
  const pinned = hrefOf({ page: 'job', build: build.id, job: job.id, attempt });
  return (
    <>
      {problem && <Problem problem={problem} />}
      {state === 'lost' && !problem && (
        <p class="problem" role="status">
          The connection is lost; the log goes on where it stopped as soon as it is back.
        </p>
      )}
      <LogView
        model={model}
        version={version}
        over={state === 'ended'}
        build={build.id}
        job={job.id}
        attempt={attempt}
        page={pinned}
        target={targetOf(hash)}
        failed={job.status === 'failed' ? failed : undefined}
        growing={newest && OPEN.includes(job.status)}
        times={times}
        onTimes={toggleTimes}
      />
    </>
  );
};

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
      </header>
      {attempt > 0 ? (
        <JobLog key={attempt} build={build} job={job} attempt={attempt} hash={hash} onEnd={reload} />
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
