import type { BuildView } from '#domain';
import { api } from '../api/api.js';
import { useResource } from '../api/use-resource.js';
import { hrefOf } from '../routing/route.js';
import { Problem } from '../ui/problem.js';
import { Source } from '../ui/source.js';
import { Status } from '../ui/status.js';
import { Ago, Took } from '../ui/times.js';
import { useTitle } from '../ui/use-title.js';
import { BuildActions } from './build-actions.js';
import { Diagnostics } from './diagnostics.js';
import { JobCard } from './job-card.js';

const EVENTS: Readonly<Record<BuildView['event'], string>> = {
  push: 'push',
  pull_request: 'pull request',
  tag: 'tag',
  schedule: 'schedule',
  manual: 'started by hand',
};

const Facts = ({ build }: Readonly<{ build: BuildView }>) => (
  <p class="facts muted">
    <a href={hrefOf({ page: 'builds', filter: { repo: build.repo } })}>{build.repo}</a>
    <Source build={build} />
    <span>{EVENTS[build.event] ?? build.event}</span>
    {build.why && <span>{build.why.detail}</span>}
    {build.author && <span>{build.author}</span>}
    <Ago at={build.createdAt} />
    <Took from={build.startedAt} to={build.finishedAt} />
  </p>
);

export const BuildPage = ({ id }: Readonly<{ id: string }>) => {
  const {
    data: build,
    problem,
    reload,
  } = useResource(
    id,
    () => api.build(id),
    (event) => event.kind === 'build' && event.build.id === id,
  );
  useTitle(build ? `${build.status} · ${build.repo} #${build.number}` : 'Build');
  if (!build) return problem ? <Problem problem={problem} retry={reload} /> : <p class="muted">Loading…</p>;
  return (
    <>
      {problem && <Problem problem={problem} retry={reload} />}
      <header class="head">
        <div class="headline">
          <Status status={build.status} />
          <h1>
            <span class="number">#{build.number}</span> {build.title || build.sha.slice(0, 7)}
          </h1>
        </div>
        <BuildActions build={build} />
        <Facts build={build} />
        {build.reason && <p class="reason">{build.reason}</p>}
      </header>
      <Diagnostics diagnostics={build.diagnostics} />
      {build.jobs.length > 0 && (
        <section aria-labelledby="jobs">
          <h2 id="jobs">Jobs</h2>
          <ul class="rows">
            {build.jobs.map((job) => (
              <JobCard key={job.id} build={build.id} job={job} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
};
