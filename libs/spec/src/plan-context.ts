import type { Names, Values } from '#expression';
import type { Diagnostic, Trigger } from '#events';
import { readInputs, standardInputs } from './inputs.js';
import type { Pipeline } from './pipeline.js';
import type { PLANNED_FIELDS } from './scopes.js';

/**
 * What a plan is made for. `repo`: `owner/name`. `changedFiles`: paths from the root; undefined: not known, so that every
 * path matches.
 */
export type PlanRequest = Readonly<{
  trigger: Trigger;
  repo: string;
  repoId: string;
  defaultBranch?: string;
  changedFiles?: readonly string[];
}>;

type Field = Exclude<(typeof PLANNED_FIELDS)[number], 'job'>;

/** What does not apply to the event is the empty text. */
const fieldsOf = ({ trigger, repo, repoId, defaultBranch }: PlanRequest): Record<Field, string> => ({
  sha: trigger.sha,
  ref: trigger.ref,
  branch: trigger.branch ?? '',
  tag: trigger.tag ?? '',
  event: trigger.event,
  repo,
  repo_id: repoId.replace(/^[a-z]+-/, ''),
  pull_request: trigger.pullRequest ? String(trigger.pullRequest.number) : '',
  base: trigger.pullRequest?.base ?? '',
  head: trigger.pullRequest?.head ?? '',
  default_branch: defaultBranch ?? (trigger.isDefaultBranch ? (trigger.branch ?? '') : ''),
  title: trigger.pullRequest?.title ?? trigger.title,
  author: trigger.author,
});

/** The inputs of a build, or what is wrong with those that were given. */
const inputsOf = (pipeline: Pipeline, { trigger }: PlanRequest): { inputs: Names; faults: readonly string[] } => {
  if (trigger.event !== 'manual') return { inputs: standardInputs(pipeline), faults: [] };
  const { inputs = {}, faults = [] } = readInputs(pipeline, trigger.inputs ?? {});
  return { inputs: new Map(Object.entries(inputs)), faults };
};

/** What expressions are worked out with, for a job of that name; or why they cannot be. */
export const planValues = (
  pipeline: Pipeline,
  request: PlanRequest,
): Readonly<{ valuesFor: (job: string) => Values; diagnostics: Diagnostic[] }> => {
  const fields = Object.entries(fieldsOf(request));
  const { inputs, faults } = inputsOf(pipeline, request);
  const place = pipeline.on?.place ?? { line: 1, column: 1, endLine: 1, endColumn: 1 };
  return {
    valuesFor: (job) => ({ cairn: new Map([...fields, ['job', job]]), inputs }),
    diagnostics: faults.map((message) => ({ severity: 'error', code: 'CAIRN_SPEC_INPUTS_GIVEN', message, ...place })),
  };
};
