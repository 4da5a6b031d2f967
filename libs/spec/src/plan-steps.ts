import { hasExpressions, parseTemplate, type Values } from '#expression';
import type { StepTemplate } from '#events';
import { present } from './present.js';
import type { Expansion, PlanFindings } from './expansion.js';
import type { JobSpec } from './job-spec.js';
import type { StepSpec } from './step-spec.js';
import { decide, type Occasion } from './when.js';

const MAX_NAME = 80;

/** The first line of a command, shortened; an expression is in it as a whole, or not at all. */
export const nameOf = (command: string): string => {
  const line = command.trimStart().split('\n', 1)[0] ?? '';
  const characters = [...line.replace(/\p{Cc}/gu, ' ').trimEnd()];
  const name = characters.length > MAX_NAME ? `${characters.slice(0, MAX_NAME - 1).join('')}…` : characters.join('');
  if (!hasExpressions(name) || parseTemplate(name).ok) return name;
  return `${name.slice(0, name.indexOf('${{')).trimEnd()}…`;
};

/** What a job is planned with. */
export type JobPlanning = Readonly<{
  job: JobSpec;
  expansion: Expansion;
  occasion: Occasion;
  values: Values;
  findings: PlanFindings;
}>;

/** What is decided of a step's `when`, and what is left of it. */
const whenOf = ({ when, place }: StepSpec, { occasion, values, findings }: JobPlanning) => {
  if (!when) return {};
  const verdict = decide(when, occasion, values);
  if (verdict.faults) {
    findings.faults(place, verdict.faults);
    return {};
  }
  return verdict.why.runs ? { when: verdict.condition } : { skipped: verdict.why };
};

export const stepTemplate = (step: StepSpec, planning: JobPlanning): StepTemplate => {
  const { expansion, job } = planning;
  const { place } = step;
  const text = (value: string | undefined) => (value === undefined ? undefined : expansion.text(value, place));
  const run = expansion.text(step.run.join('\n'), place);
  const secrets = [...new Set([...job.secrets, ...step.secrets])];
  return present<StepTemplate>({
    name: text(step.name) ?? nameOf(run),
    run,
    environment: Object.fromEntries(expansion.record(step.environment, place)),
    image: text(step.image),
    shell: step.shell,
    workingDirectory: text(step.workingDirectory),
    user: step.user,
    secrets: secrets.length > 0 ? secrets : undefined,
    timeoutMs: step.timeoutMs,
    retries: step.retries || undefined,
    allowFailure: step.allowFailure,
    ...whenOf(step, planning),
  });
};
