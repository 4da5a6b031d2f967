import { expand, hasExpressions, MAX_REDUCED, parseTemplate } from '#expression';
import {
  serviceLogName,
  serviceStep,
  type JobTemplate,
  type LogStored,
  type PlannedJob,
  type StepFinished,
  type StepStarted,
  type Why,
} from '#events';
import { namesOf } from '../plan.condition.js';
import type { StepStatus, StepView } from '../views.js';
import { whyByWhen } from './reasons.js';

const PREPARATION = 'Prepare';

/** `reason`: it will not run. */
const newStep = (
  index: number,
  name: string,
  reason: string | null = null,
  service: string | null = null,
): StepView => ({
  index,
  name,
  status: reason === null ? 'waiting' : 'skipped',
  exitCode: null,
  lines: null,
  bytes: null,
  startedAt: null,
  finishedAt: null,
  stored: null,
  reason,
  service,
  cleanUp: false,
});

const whyNot = (skipped: Why | undefined): string | null => (skipped ? whyByWhen(skipped.detail, skipped.line) : null);

/** A step's name as the cell has it; one that cannot be worked out is shown as it was written. */
export const stepNameIn = (name: string, cell: PlannedJob['cell']): string => {
  if (!hasExpressions(name)) return name;
  const template = parseTemplate(name, MAX_REDUCED);
  const text = template.ok ? expand(template.value, { matrix: namesOf(cell) }) : template;
  return text.ok ? text.value : name;
};

/** The steps that the spec promises, after the preparation, which is step 0; then its services. */
export const plannedSteps = (template: JobTemplate | undefined, cell: PlannedJob['cell']): StepView[] => {
  const { steps = [], services = [] } = template ?? {};
  return [
    newStep(0, PREPARATION),
    ...steps.map(({ name, skipped }, position) => newStep(position + 1, stepNameIn(name, cell), whyNot(skipped))),
    ...services.map(({ name }, position) =>
      newStep(serviceStep({ steps }, position), serviceLogName(name), null, name),
    ),
  ];
};

/** The same steps, for another attempt. */
export const freshSteps = (steps: readonly StepView[]): StepView[] =>
  steps.map(({ index, name, reason, service }) => newStep(index, name, reason, service));

/** A step that the plan did not promise is put in its place. */
const changed = (steps: readonly StepView[], index: number, change: (step: StepView) => StepView): StepView[] => {
  const known = steps.some((step) => step.index === index);
  const all = known ? steps : [...steps, newStep(index, `step ${index}`)].sort((a, b) => a.index - b.index);
  return all.map((step) => (step.index === index ? change(step) : step));
};

export const withStepEvent = (
  steps: readonly StepView[],
  { type, at, data }: StepStarted | StepFinished | LogStored,
): StepView[] => {
  switch (type) {
    case 'StepStarted':
      return changed(steps, data.step, (step) => ({
        ...step,
        name: data.name,
        service: data.service ?? step.service,
        status: 'running',
        startedAt: at,
        cleanUp: data.cleanUp ?? false,
      }));
    case 'StepFinished':
      return changed(steps, data.step, (step) => ({
        ...step,
        status: data.outcome,
        exitCode: data.exitCode,
        lines: data.lines,
        bytes: data.bytes,
        finishedAt: at,
      }));
    case 'LogStored':
      return changed(steps, data.step, (step) => ({ ...step, stored: data.complete }));
  }
};

/** No step goes on when its attempt has ended: what never began is skipped, what ran without an end is `cut`. */
export const endedSteps = (steps: readonly StepView[], at: string, cut: StepStatus): readonly StepView[] => {
  if (!steps.some(({ status }) => status === 'waiting' || status === 'running')) return steps;
  return steps.map((step) => {
    if (step.status === 'waiting') return { ...step, status: 'skipped' as const };
    return step.status === 'running' ? { ...step, status: cut, finishedAt: at } : step;
  });
};
