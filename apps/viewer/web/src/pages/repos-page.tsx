import type { RepoView } from '#domain';
import { api } from '../api/api.js';
import { ListFrame } from '../lists/list-frame.js';
import { useLiveList } from '../lists/use-live-list.js';
import { hrefOf } from '../routing/route.js';
import { Status } from '../ui/status.js';
import { count } from '../ui/time.js';
import { useTitle } from '../ui/use-title.js';

const RepoRow = ({ repo }: Readonly<{ repo: RepoView }>) => (
  <li class="row" data-testid="repo-row" data-repo={repo.id}>
    <Status status={repo.enabled ? 'enabled' : 'disabled'} />
    <div class="main">
      <a class="title" href={hrefOf({ page: 'builds', filter: { repo: repo.name } })}>
        {repo.name}
      </a>
      <div class="facts muted">
        <span>default branch {repo.defaultBranch}</span>
      </div>
    </div>
    <div class="when muted">
      <span>{count(repo.builds, 'build', 'builds')}</span>
      {repo.openBuilds > 0 && <span>{repo.openBuilds} open</span>}
    </div>
  </li>
);

export const ReposPage = () => {
  useTitle('Repositories');
  const list = useLiveList<RepoView>({
    key: 'repos',
    page: api.repos,
    concerns: ({ kind }) => kind === 'repo' || kind === 'build',
  });
  const empty = (
    <>
      <p>No repository is enabled yet.</p>
      <pre>npx cairn repo add owner/name</pre>
    </>
  );
  return (
    <>
      <header class="head">
        <h1>Repositories</h1>
      </header>
      <ListFrame label="Repositories" list={list} words={['repository', 'repositories']} empty={empty}>
        {list.shown.map((repo) => (
          <RepoRow key={repo.id} repo={repo} />
        ))}
      </ListFrame>
    </>
  );
};
