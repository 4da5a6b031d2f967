import type { BuildSummary } from '#domain';

/** What a build is of: branch, tag or pull request, and the commit. */
export const Source = ({
  build,
}: Readonly<{ build: Pick<BuildSummary, 'branch' | 'ref' | 'pullRequest' | 'sha'> }>) => (
  <>
    <span class="ref">
      {build.pullRequest === null
        ? (build.branch ?? build.ref.replace(/^refs\/(heads|tags)\//, ''))
        : `PR ${build.pullRequest}`}
    </span>{' '}
    <code title={build.sha}>{build.sha.slice(0, 7)}</code>
  </>
);
