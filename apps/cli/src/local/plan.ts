import { hasColours, painter } from '../paint.js';
import { findingsForPeople } from '../report/human.js';
import { planTree } from '../report/plan-tree.js';
import { examine } from './examine.js';
import { optionsOf, type LocalCommand } from './local-command.js';
import { planned } from './planning.js';
import { readSpec } from './spec-file.js';
import { TRIGGER_OPTIONS } from './trigger-options.js';
import { rootOf, workingTree } from './working-tree.js';

const OPTIONS = {
  ...TRIGGER_OPTIONS,
  changed: { type: 'string', multiple: true },
  json: { type: 'boolean' },
} as const;

/** `cairn plan [file]`: what would run, and why or why not. Exit codes: 0 there is a plan, 1 errors. */
export const plan: LocalCommand = async (args, { directory, environment, input, output }) => {
  const { values, word } = optionsOf(args, OPTIONS);
  const file = await readSpec(word, directory, input);
  const tree = await workingTree(rootOf(directory));
  const examined = examine(file.text);
  const answer =
    examined.pipeline && planned(examined.pipeline, values, tree, { event: 'push', changedFiles: values.changed });
  const diagnostics = [...examined.diagnostics, ...(answer?.diagnostics ?? [])];
  const paint = painter(hasColours(output.isTerminal === true, environment));
  if (values.json) {
    const { trigger, starts, plan: expanded } = answer ?? {};
    output.out(`${JSON.stringify({ trigger, starts, plan: expanded, diagnostics }, null, 2)}\n`);
  } else {
    output.err(findingsForPeople(file.name, file.text, diagnostics, paint));
    if (answer) output.out(planTree(answer.trigger, answer.starts, answer.plan, paint));
  }
  return diagnostics.some(({ severity }) => severity === 'error') ? 1 : 0;
};
