import type { BuildStatus, BuildSummary } from '#domain';
import { api } from '../api/api.js';
import { ListFrame } from '../lists/list-frame.js';
import { useLiveList } from '../lists/use-live-list.js';
import { type BuildFilter, hrefOf } from '../routing/route.js';
import { Source } from '../ui/source.js';
import { Status } from '../ui/status.js';
import { Ago, Took } from '../ui/times.js';
import { useTitle } from '../ui/use-title.js';
import { BuildFilters } from './build-filters.js';

const ENDED: readonly BuildStatus[] = ['passed', 'failed', 'cancelled', 'rejected'];

const BuildRow = ({ build }: Readonly<{ build: BuildSummary }>) => (
  <li class="row" data-testid="build-row" data-build={build.id}>
    <Status status={build.status} />
    <div class="main">
      <a class="title" href={hrefOf({ page: 'build', build: build.id })}>
        <span class="number">#{build.number}</span> {build.title || build.sha.slice(0, 7)}
      </a>
      <div class="facts muted">
        <span>{build.repo}</span> <Source build={build} />
        {build.author && <span>{build.author}</span>}
        {build.reason && <span class="reason">{build.reason}</span>}
      </div>
    </div>
    <div class="when muted">
      <Took from={build.startedAt} to={build.finishedAt ?? (ENDED.includes(build.status) ? build.startedAt : null)} />
      <Ago at={build.createdAt} />
    </div>
  </li>
);

const Empty = ({ filtered }: Readonly<{ filtered: boolean }>) =>
  filtered ? (
    <p>
      No build matches. <a href={hrefOf({ page: 'builds', filter: {} })}>Show all builds</a>
    </p>
  ) : (
    <>
      <p>
        No builds yet. Enable a repository, then push a commit with a <code>.cairn.yml</code>:
      </p>
      <pre>npx cairn repo add owner/name</pre>
      <p>
        A push that led to no build says why under <a href="deliveries">Deliveries</a>.
      </p>
    </>
  );

export const BuildsPage = ({ filter }: Readonly<{ filter: BuildFilter }>) => {
  useTitle('Builds');
  const filtered = Object.keys(filter).length > 0;
  const list = useLiveList<BuildSummary>({
    key: hrefOf({ page: 'builds', filter }),
    page: (cursor) => api.builds(filter, cursor),
    one: api.build,
    concerns: ({ kind }) => kind === 'build',
    open: ({ status }) => !ENDED.includes(status),
  });
  return (
    <>
      <header class="head">
        <h1>Builds</h1>
        <BuildFilters filter={filter} />
      </header>
      <ListFrame label="Builds" list={list} words={['build', 'builds']} empty={<Empty filtered={filtered} />}>
        {list.shown.map((build) => (
          <BuildRow key={build.id} build={build} />
        ))}
      </ListFrame>
    </>
  );
};
