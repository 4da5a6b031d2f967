import type { Diagnostic, JobTemplate, Plan, PlannedJob } from '#events';
import { onlyJobs } from './chosen-jobs.js';
import { Expansion, PlanFindings } from './expansion.js';
import type { Pipeline } from './pipeline.js';
import { planValues, type PlanRequest } from './plan-context.js';
import { jobTemplate, plannedJobs } from './plan-job.js';
import { startsOn } from './starts-on.js';
import { shown } from './wording.js';

/** `plan` is there unless something was found wrong. */
export type Planned = Readonly<{ plan?: Plan; diagnostics: Diagnostic[] }>;

/** Ids are short hashes: two cells may, once in a long while, have the same. */
const checkIds = (jobs: readonly PlannedJob[], pipeline: Pipeline, findings: PlanFindings): void => {
  const names = new Map<string, string>();
  for (const { id, name } of jobs) {
    const other = names.get(id);
    names.set(id, name);
    if (other === undefined) continue;
    const place = pipeline.jobs.find((job) => job.name === name)?.places.get('name');
    findings.add(
      'JOB_ID',
      place,
      `two jobs of ${shown(other)} and ${shown(name)} would have the id \`${id}\`; change the name or a value`,
    );
  }
};

/**
 * What is to run for one event, job by job, and why: templates once, and a row for each cell of a matrix, whose template is
 * the one of the same name. Each job comes after what it needs. Never throws.
 */
export const planPipeline = (pipeline: Pipeline, request: PlanRequest): Planned => {
  const { valuesFor, diagnostics } = planValues(pipeline, request);
  if (diagnostics.length > 0) return { diagnostics };
  const { trigger, changedFiles: files } = request;
  const findings = new PlanFindings();
  const templates: JobTemplate[] = [];
  const jobs: PlannedJob[] = [];
  for (const job of pipeline.jobs) {
    if (findings.full) break;
    const values = valuesFor(job.name);
    const expansion = new Expansion(values, findings);
    const planning = { job, expansion, occasion: { trigger, files }, values, findings };
    templates.push(jobTemplate(pipeline, planning));
    jobs.push(...plannedJobs(pipeline, planning));
  }
  checkIds(jobs, pipeline, findings);
  if (findings.failed) return { diagnostics: findings.sorted() };
  const plan = { templates, jobs, why: startsOn(pipeline, trigger, files) };
  return { plan: trigger.jobs ? onlyJobs(plan, trigger.jobs) : plan, diagnostics: [] };
};
