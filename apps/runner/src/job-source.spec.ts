import { createForges, type Forges } from '#forge';
import { planOf, requestOf } from '#testing';
import type { JobOf } from './job-of.js';
import { sourceOf } from './job-source.js';

const NEVER = new AbortController().signal;
const plan = planOf(['test']);
const job = {
  ...{ request: requestOf(), planned: plan.jobs[0], template: plan.templates[0], attempt: 1, needs: new Map() },
} as unknown as JobOf;

describe('the source of a job', () => {
  const forges = createForges({ githubUrl: 'https://api.github.com' });

  it('is nothing with `clone: false`, and no forge is asked', async () => {
    const asked: string[] = [];
    const watched: Forges = { of: (repo) => (asked.push(repo), forges.of(repo)) };
    expect(await sourceOf(job, false, watched, NEVER)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('is the commit alone, or what `clone` says', async () => {
    const plain = await sourceOf(job, undefined, forges, NEVER);
    expect(plain).toMatchObject({ repoId: job.request.repoId, sha: job.request.trigger.sha });
    expect(plain).not.toHaveProperty('depth');
    expect(plain).not.toHaveProperty('submodules');
    expect(plain).not.toHaveProperty('largeFiles');
    const all = await sourceOf(job, { depth: 0, submodules: true, lfs: true }, forges, NEVER);
    expect(all).toMatchObject({ depth: 0, submodules: expect.anything(), largeFiles: true });
  });
});
