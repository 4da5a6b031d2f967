import type { BuildRequested } from '#events';

/** Where the job is to be seen in the browser. */
export const pageOf = ({ buildId }: BuildRequested['data'], jobId: string, publicUrl: string): string =>
  `${publicUrl}/builds/${buildId}/jobs/${jobId}`;

/** The variables that every job has (DESIGN section 5). Users cannot set `CAIRN_*`, so these win. */
export const jobEnvironment = (
  request: BuildRequested['data'],
  of: Readonly<{ job: string; jobId: string; attempt: number }>,
  publicUrl: string,
): Record<string, string> => {
  const { trigger } = request;
  return {
    CI: 'true',
    CAIRN: 'true',
    CAIRN_BUILD_ID: request.buildId,
    CAIRN_BUILD_NUMBER: String(request.number),
    CAIRN_JOB: of.job,
    CAIRN_ATTEMPT: String(of.attempt),
    CAIRN_REPO: request.repo,
    CAIRN_SHA: trigger.sha,
    CAIRN_REF: trigger.ref,
    CAIRN_BRANCH: trigger.branch ?? '',
    CAIRN_TAG: trigger.tag ?? '',
    CAIRN_PULL_REQUEST: trigger.pullRequest ? String(trigger.pullRequest.number) : '',
    CAIRN_BASE: trigger.pullRequest?.base ?? '',
    CAIRN_EVENT: trigger.event,
    CAIRN_URL: pageOf(request, of.jobId, publicUrl),
  };
};
