import { titleOf, type PlanState } from '#domain';
import type { BuildRequested, JobTemplate, PlannedJob } from '#events';

/** One attempt at a job, as the plan has it. */
export type JobOf = Readonly<{
  request: BuildRequested['data'];
  planned: PlannedJob;
  template: JobTemplate;
  attempt: number;
  /** What the jobs that it needs have handed on, by their names; of the cells of a matrix the last counts. */
  needs: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** The jobs with whose artifacts it begins: in the order in which it names them, the cells of a matrix in theirs. */
  givers: readonly Readonly<{ jobId: string; title: string }>[];
}>;

/** Undefined when the plan knows no such job. */
export const jobIn = (plan: PlanState, jobId: string, attempt: number): JobOf | undefined => {
  const planned = plan.jobs.get(jobId)?.planned;
  const template = planned && plan.templates.get(planned.name);
  if (!plan.request || !template) return undefined;
  const wanted = new Set(planned.needs);
  const needs = new Map<string, Map<string, string>>();
  for (const {
    planned: { name },
    outputs,
  } of plan.jobs.values())
    if (outputs && wanted.has(name)) needs.set(name, new Map([...(needs.get(name) ?? []), ...Object.entries(outputs)]));
  const givers = (template.artifactsFrom ?? planned.needs).flatMap((need) => cellsOf(plan, need));
  return { request: plan.request, planned, template, attempt, needs, givers };
};

const cellsOf = (plan: PlanState, name: string): JobOf['givers'] =>
  [...plan.jobs.values()].flatMap((job) =>
    job.planned.name === name ? [{ jobId: job.planned.id, title: titleOf(job.planned) }] : [],
  );
