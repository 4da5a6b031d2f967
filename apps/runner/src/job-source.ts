import type { JobTemplate } from '#events';
import type { Forges } from '#forge';
import type { JobOf } from './job-of.js';
import { SubmoduleForge, type SourceRequest } from './source/index.js';

/** What is to be checked out for a job; undefined for nothing, and then no forge is asked. */
export const sourceOf = async (
  { request }: JobOf,
  clone: JobTemplate['clone'],
  forges: Forges,
  signal: AbortSignal,
): Promise<SourceRequest | undefined> => {
  if (clone === false) return undefined;
  const { repo, repoId, trigger } = request;
  const forge = forges.of(repo);
  const isFork = trigger.pullRequest?.fork === true;
  return {
    ...{ repoId, remote: await forge.remote(repo), ref: trigger.ref, sha: trigger.sha, signal },
    ...(clone?.depth === undefined ? {} : { depth: clone.depth }),
    ...(clone?.lfs ? { largeFiles: true } : {}),
    ...(clone?.submodules ? { submodules: new SubmoduleForge(forge, repo, isFork) } : {}),
  };
};
