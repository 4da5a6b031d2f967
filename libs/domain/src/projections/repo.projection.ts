import type { RepoEvent } from '#events';
import type { RepoView } from '../views.js';

/** A repository after an event, which carries its whole state. */
export const repoView = ({ data: { repo } }: RepoEvent): RepoView => ({
  id: repo.repoId,
  name: repo.repo,
  enabled: repo.enabled ?? true,
  defaultBranch: repo.defaultBranch,
  builds: repo.counter,
  openBuilds: repo.open.length,
  schedules: repo.schedules?.entries ?? [],
});
