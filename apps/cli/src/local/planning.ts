import { WrongUse } from '#errors';
import type { Diagnostic, Plan, Trigger, Why } from '#events';
import { planPipeline, readInputs, startsOn, type Pipeline } from '#spec';
import { inputsOf, triggerOf, type TriggerValues } from './trigger-options.js';
import type { WorkingTree } from './working-tree.js';

export type Planned = Readonly<{
  trigger: Trigger;
  starts: Why;
  plan?: Plan | undefined;
  diagnostics: readonly Diagnostic[];
}>;

/** Of a repository that no forge knows. */
const REPO_ID = 'gh-1';

/**
 * What the planner would make of a pipeline, trigger and changed files (`undefined`: nobody knows them, every path fits).
 * `event`: the one that is meant where the options do not say.
 * @throws WrongUse when the options fit neither each other nor the inputs of the pipeline
 */
export const planned = (
  pipeline: Pipeline,
  values: TriggerValues,
  tree: WorkingTree,
  { event, changedFiles }: Readonly<{ event: Trigger['event']; changedFiles?: readonly string[] | undefined }>,
): Planned => {
  const plainTrigger = triggerOf(values, tree, event);
  const trigger = plainTrigger.event === 'manual' ? withInputs(pipeline, plainTrigger, values.input) : plainTrigger;
  const starts = startsOn(pipeline, trigger, changedFiles);
  const { repo, defaultBranch } = tree;
  const context = { trigger, repo, repoId: REPO_ID, defaultBranch, ...(changedFiles && { changedFiles }) };
  return { trigger, starts, ...planPipeline(pipeline, context) };
};

const withInputs = (pipeline: Pipeline, trigger: Trigger, given: TriggerValues['input']): Trigger => {
  const answer = readInputs(pipeline, inputsOf(given));
  if (answer.faults) throw new WrongUse(answer.faults.join('; '));
  return { ...trigger, inputs: answer.inputs };
};
