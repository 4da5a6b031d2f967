import { subjects, type LogAddress } from '#events';

/** How an address is named in errors, and as a key: it is checked whole. @throws InvalidSubjectToken */
export const nameOf = ({ buildId, jobId, attempt, step }: LogAddress): string =>
  subjects.logs(buildId, jobId, attempt, step);
