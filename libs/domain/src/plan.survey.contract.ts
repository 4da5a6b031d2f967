import type { Names } from '#expression';
import { needsOf, type Cells, type Needs } from './plan.needs.js';
import { standingOf } from './plan.standing.js';
import { isSettled, templateOf, type PlanJob, type PlanState } from './plan.state.js';
import { admittedJobs, openJobs, skipsOf, surveyOf } from './plan.survey.js';
import type { Skip } from './plan.verdict.js';

type Marks = Readonly<{ run: string[]; ask: string[]; skips: Skip[] }>;

const failedCellOf = (state: PlanState, name: string): string | undefined => {
  const failed = [...state.jobs.values()].find(({ planned, status }) => planned.name === name && status === 'failed');
  const template = failed && templateOf(state, failed);
  return template?.failFast && !template.allowFailure ? failed?.planned.id : undefined;
};

/** In one pass over all jobs, from nothing: each stands after what it needs. */
const naiveMarks = (state: PlanState): Marks => {
  const marks: Marks = { run: [], ask: [], skips: [] };
  const known = new Map<string, Cells>();
  const outputs = new Map<string, Names>();
  for (const job of state.jobs.values()) {
    const { name, id } = job.planned;
    const needs: Needs = needsOf(job.planned, (need) => known.get(need));
    const circumstances = { template: templateOf(state, job), needs, failedCell: failedCellOf(state, name) };
    const standing = standingOf(job, { request: state.request, ...circumstances, outputs: () => outputs });
    if (typeof standing.mark === 'object') marks.skips.push(standing.mark);
    else if (standing.mark) marks[standing.mark].push(id);
    const { hindrance } = standing;
    const cells: Cells = known.get(name) ?? {};
    if (hindrance === 'open') known.set(name, { ...cells, open: true });
    else known.set(name, hindrance ? { [hindrance]: id, ...cells } : cells);
    if (job.outputs) outputs.set(name, new Map([...(outputs.get(name) ?? []), ...Object.entries(job.outputs)]));
  }
  return marks;
};

const admittedIn = (jobs: readonly PlanJob[]): Map<string, number> => {
  const admitted = new Map<string, number>();
  for (const { planned, status } of jobs)
    if (status === 'queued') admitted.set(planned.pool, (admitted.get(planned.pool) ?? 0) + 1);
  return admitted;
};

/** The survey of a state says what a look at every single job says. */
export const expectSurvey = (state: PlanState): void => {
  const marks = naiveMarks(state);
  const jobs = [...state.jobs.values()];
  const marked = [...surveyOf(state).standings].map(({ mark }, place) => [jobs[place]?.planned.id, mark] as const);
  const ids = (wanted: 'run' | 'ask') => marked.flatMap(([id, mark]) => (mark === wanted ? [id] : []));
  expect({ run: ids('run'), ask: ids('ask'), skips: skipsOf(state) }).toEqual(marks);
  const open = jobs.filter((job) => !isSettled(job));
  const queued = open.filter(({ status }) => status === 'queued').length;
  expect(openJobs(state)).toMatchObject({ open: open.length, queued });
  expect(surveyOf(state).counts).toMatchObject({
    run: marks.run.length,
    ask: marks.ask.length,
    skip: marks.skips.length,
  });
  expect(new Map(admittedJobs(state))).toEqual(admittedIn(jobs));
};
