import type { JobView } from '#domain';
import { permalink } from '../routing/permalink.js';
import { hrefOf } from '../routing/route.js';
import { jobStatus, Status } from '../ui/status.js';
import { Took } from '../ui/times.js';
import { testsText } from './tests-text.js';
import { isWhyItRuns, runsAsAlways } from './why.js';

type Props = Readonly<{ build: string; job: JobView }>;

/** Why a job is where it is: what it needs, why it waits or failed, and what was tried before. */
export const JobCard = ({ build, job }: Props) => {
  const log = (attempt?: number): string =>
    hrefOf({ page: 'job', build, job: job.id, ...(attempt !== undefined && { attempt }) });
  const failedAt = job.failure?.step;
  const ran = isWhyItRuns(job);
  const ending = job.status === 'running' || job.status === 'cancelled' ? job.ending.at(-1) : undefined;
  return (
    <li class="row" data-testid="job-row" data-job={job.id}>
      <Status status={jobStatus(job)} />
      <div class="main">
        <a class="title" data-testid="job-link" href={log()}>
          {job.title}
        </a>
        <div class="facts muted">
          {job.needs.length > 0 && <span>after {job.needs.join(', ')}</span>}
          {ran && !runsAsAlways(job) && <span>{job.reason}</span>}
          {job.attempt > 1 && <span>attempt {job.attempt}</span>}
          {job.tests && <span>tests: {testsText(job.tests)}</span>}
          {job.artifacts.files > 0 && (
            <span>
              {job.artifacts.files} {job.artifacts.files === 1 ? 'artifact' : 'artifacts'}
            </span>
          )}
          {job.image && <span>{job.image}</span>}
          {job.runner && (
            <span>
              on {job.runner}
              {job.executor && ` (${job.executor})`}
            </span>
          )}
        </div>
        {ending && (
          <p class="reason" data-testid="ending">
            {ending.detail}
          </p>
        )}
        {job.reason && !ran && job.reason !== job.failure?.message && <p class="reason">{job.reason}</p>}
        {job.failure && (
          <p class="reason failure">
            {failedAt === undefined ? (
              job.failure.message
            ) : (
              <a href={`${log()}${permalink({ step: failedAt })}`}>{job.failure.message}</a>
            )}
          </p>
        )}
        {job.earlier.length > 0 && (
          <ul class="earlier">
            {job.earlier.map(({ attempt, outcome, reason }) => (
              <li key={attempt}>
                <Status status={outcome} quiet />
                <a href={log(attempt)}>attempt {attempt}</a>
                {reason && <span class="muted">{reason}</span>}
              </li>
            ))}
          </ul>
        )}
      </div>
      <div class="when muted">
        <Took from={job.startedAt} to={job.finishedAt} />
      </div>
    </li>
  );
};
