import { hasExpressions, parseTemplate, reduceTemplate, type Values } from '#expression';
import type { JobTemplate, Plan, PlannedJob } from '#events';

/** A job of a plan, with the template of it alone: its cell is put in. */
export type PlanRow = Readonly<{ job: PlannedJob; template: JobTemplate }>;

/** What is not known before the job begins stays as it is written. */
const worked = (text: string, values: Values): string => {
  if (!hasExpressions(text)) return text;
  const template = parseTemplate(text);
  const reduced = template.ok ? reduceTemplate(template.value, values) : template;
  if (!reduced.ok) return text;
  return reduced.value.done ? reduced.value.value : reduced.value.source;
};

const everyText = <T>(value: T, change: (text: string) => string): T => {
  if (typeof value === 'string') return change(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => everyText(item, change)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, everyText(item as unknown, change)])) as T;
};

/** Each job of a plan as it is to run, for people to look at: a name that its cell lacks and another has is empty. */
export const planRows = (plan: Plan): readonly PlanRow[] => {
  const names = new Map<string, Set<string>>();
  for (const { name, cell } of plan.jobs) names.set(name, new Set([...(names.get(name) ?? []), ...Object.keys(cell)]));
  const templates = new Map(plan.templates.map((template) => [template.name, template]));
  return plan.jobs.flatMap((job) => {
    const template = templates.get(job.name);
    const matrix = new Map([...(names.get(job.name) ?? [])].map((key) => [key, String(job.cell[key] ?? '')]));
    return template ? [{ job, template: everyText(template, (text) => worked(text, { matrix })) }] : [];
  });
};
