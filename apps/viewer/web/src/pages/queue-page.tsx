import { useEffect, useState } from 'preact/hooks';
import type { QueueReason, QueueView } from '#domain';
import { api, type Page } from '../api/api.js';
import { useResource } from '../api/use-resource.js';
import { hrefOf } from '../routing/route.js';
import { Problem } from '../ui/problem.js';
import { Status } from '../ui/status.js';
import { count } from '../ui/time.js';
import { Took } from '../ui/times.js';
import { useTitle } from '../ui/use-title.js';
import { RunnerRow } from './runner-row.js';

/** Heartbeats come without an event. */
const LOOK_MS = 3_000;

/** Somebody has to do something: time alone does not help. */
const STUCK: readonly QueueReason[] = ['no-runner', 'no-planner', 'engine', 'disk'];

const statusOf = (reason: QueueReason): string => {
  if (reason === 'approval') return 'awaiting_approval';
  return STUCK.includes(reason) ? 'stuck' : 'waiting';
};

const QueueRow = ({ job }: Readonly<{ job: QueueView }>) => (
  <li class="row" data-testid="queue-row" data-job={job.id} data-reason={job.reason}>
    <Status status={statusOf(job.reason)} />
    <div class="main">
      <a class="title" href={hrefOf({ page: 'job', build: job.buildId, job: job.jobId })}>
        {job.title}
      </a>
      <p class="reason">{job.detail}</p>
      <div class="facts muted">
        <span>{job.repo}</span>
        <a href={hrefOf({ page: 'build', build: job.buildId })}>build #{job.number}</a>
        <span>pool {job.pool}</span>
      </div>
    </div>
    <div class="when muted">
      {job.position !== null && <span>no. {job.position} in line</span>}
      <Took from={job.since} to={null} />
    </div>
  </li>
);

/** The first pages of the line, as it is now. */
const firstPages = async (pages: number): Promise<Page<QueueView>> => {
  const items: QueueView[] = [];
  let next: string | null = null;
  for (let page = 0; page < pages; page += 1) {
    const one: Page<QueueView> = await api.queue(next ?? undefined);
    items.push(...one.items);
    next = one.next;
    if (next === null) break;
  }
  return { items, next };
};

export const QueuePage = () => {
  useTitle('Queue');
  const [pages, setPages] = useState(1);
  const { data, problem, reload } = useResource(
    `queue ${pages}`,
    async () => {
      const [line, runners] = await Promise.all([firstPages(pages), api.runners()]);
      return { line, runners: runners.items };
    },
    ({ kind }) => kind === 'build',
  );
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && reload(), LOOK_MS);
    return () => clearInterval(timer);
  }, [pages]);
  const { line, runners = [] } = data ?? {};
  return (
    <>
      <header class="head">
        <h1>Queue</h1>
        <p class="muted">Jobs that have all they need and wait for their turn, and the runners that will take them.</p>
      </header>
      {problem && <Problem problem={problem} retry={reload} />}
      {!line && !problem && <p class="muted">Loading…</p>}
      {line?.items.length === 0 && (
        <div class="empty">
          <p>Nothing waits.</p>
        </div>
      )}
      {line && line.items.length > 0 && (
        <ul class="rows" aria-label="Jobs that wait">
          {line.items.map((job) => (
            <QueueRow key={job.id} job={job} />
          ))}
        </ul>
      )}
      {line && line.next !== null && (
        <p class="older">
          <button type="button" data-testid="more" onClick={() => setPages(pages + 1)}>
            More jobs
          </button>
        </p>
      )}
      {data && <h2>{count(runners.length, 'runner', 'runners')}</h2>}
      {data && runners.length === 0 && (
        <div class="empty">
          <p>No runner has been heard of: nothing can run.</p>
        </div>
      )}
      {runners.length > 0 && (
        <ul class="rows" aria-label="Runners">
          {runners.map((runner) => (
            <RunnerRow key={runner.id} runner={runner} />
          ))}
        </ul>
      )}
    </>
  );
};
