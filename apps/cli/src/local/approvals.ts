import { WrongUse } from '#errors';
import type { JobTemplate, Plan } from '#events';

/** What to run: names of jobs (undefined: all), those of them that are approved, and those that are left out. */
export type ApprovedRun = Readonly<{
  jobs: readonly string[] | undefined;
  approved: readonly string[];
  leftOut: readonly string[];
}>;

const needsOf = (plan: Plan, name: string, seen = new Set<string>()): ReadonlySet<string> => {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const job of plan.jobs) if (job.name === name) for (const need of job.needs) needsOf(plan, need, seen);
  return seen;
};

/**
 * Nobody is asked while a pipeline runs here. A job with `approval` is approved by being named, as the job to run or with
 * `--approve`; without that it is left out, with what needs it. @throws WrongUse when the job to run needs one that is not
 */
export const approvedRun = (plan: Plan, job: string | undefined, approve: readonly string[]): ApprovedRun => {
  const names = plan.templates.map(({ name }: JobTemplate) => name);
  const asks = new Set(plan.templates.flatMap(({ name, approval }) => (approval ? [name] : [])));
  for (const name of approve)
    if (!asks.has(name)) throw new WrongUse(`--approve ${name}: there is no job of that name with \`approval\``);
  const approved = [...asks].filter((name) => name === job || approve.includes(name));
  const open = (name: string): string | undefined =>
    [...needsOf(plan, name)].find((need) => asks.has(need) && !approved.includes(need));
  if (job !== undefined) {
    const missing = open(job);
    if (missing === undefined) return { jobs: [job], approved, leftOut: [] };
    throw new WrongUse(`\`${job}\` needs \`${missing}\`, which has \`approval\`; add --approve ${missing}`);
  }
  const leftOut = names.filter((name) => open(name) !== undefined);
  return {
    jobs: leftOut.length === 0 ? undefined : names.filter((name) => !leftOut.includes(name)),
    approved,
    leftOut,
  };
};
