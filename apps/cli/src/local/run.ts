import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WrongUse } from '#errors';
import type { Pipeline } from '#spec';
import { didYouMean } from '#spec';
import { hasColours, painter } from '../paint.js';
import { findingsForPeople } from '../report/human.js';
import { planTree } from '../report/plan-tree.js';
import { approvedRun } from './approvals.js';
import { examine } from './examine.js';
import { optionsOf, type LocalCommand } from './local-command.js';
import { planned } from './planning.js';
import { readSpec } from './spec-file.js';
import { TRIGGER_OPTIONS } from './trigger-options.js';
import { rootOf, workingTree } from './working-tree.js';

const { fork: _, ...TRIGGERS } = TRIGGER_OPTIONS; // a fork's code runs on no machine of one's own
const OPTIONS = {
  ...TRIGGERS,
  executor: { type: 'string' },
  approve: { type: 'string', multiple: true },
  'secrets-file': { type: 'string' },
} as const;
const EXECUTORS = ['auto', 'docker', 'host'] as const;

/** Part of another app, and started as a process: what it needs is much more than a command line loads. */
const LOCAL_RUN = fileURLToPath(new URL('../../../standalone/src/local/main.js', import.meta.url));

const executorOf = (name = 'auto'): (typeof EXECUTORS)[number] => {
  const known = EXECUTORS.find((executor) => executor === name);
  if (!known) throw new WrongUse(`there is no executor ${JSON.stringify(name)}; there are ${EXECUTORS.join(', ')}`);
  return known;
};

const requireJob = (pipeline: Pipeline, job: string | undefined): void => {
  const names = pipeline.jobs.map(({ name }) => name);
  if (job === undefined || names.includes(job)) return;
  throw new WrongUse(`there is no job ${JSON.stringify(job)}${didYouMean(job, names)}`);
};

/** Runs the process to its end, and passes on that it is to stop, which a Ctrl-C tells to this one alone. */
const runToEnd = async (options: object): Promise<number> => {
  const child = spawn(process.execPath, [LOCAL_RUN, JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  const stop = (): void => void child.send('stop', () => undefined);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  const [code] = (await once(child, 'exit')) as [number | null];
  for (const signal of signals) process.off(signal, stop);
  return code ?? 1;
};

/**
 * `cairn run [job]`: runs the pipeline of the working tree here, or one of its jobs with what it needs; by hand, unless an
 * event is named. Exit codes: 0 passed or nothing to run, 1 failed, 130 cancelled.
 */
export const run: LocalCommand = async (args, { directory, environment, input, output }) => {
  const { values, word: job } = optionsOf(args, OPTIONS);
  const executor = executorOf(values.executor);
  const root = rootOf(directory);
  const file = await readSpec(undefined, directory, input);
  const tree = await workingTree(root);
  const { pipeline, diagnostics } = examine(file.text);
  if (pipeline) requireJob(pipeline, job);
  const answer = pipeline && planned(pipeline, values, tree, { event: 'manual' });
  const all = [...diagnostics, ...(answer?.diagnostics ?? [])];
  const colours = hasColours(output.isTerminal === true, environment);
  output.err(findingsForPeople(file.name, file.text, all, painter(colours)));
  if (!answer?.plan || all.some(({ severity }) => severity === 'error')) return 1;
  if (!answer.starts.runs) {
    output.err(planTree(answer.trigger, answer.starts, undefined, painter(colours)));
    return 0;
  }
  const { sha: _sha, ...trigger } = answer.trigger;
  const pools = [...new Set(answer.plan.jobs.map(({ pool }) => pool))];
  const { repo, defaultBranch } = tree;
  const secrets = values['secrets-file'];
  const secretsFile = secrets === undefined ? {} : { secretsFile: resolve(directory, secrets) };
  const { jobs, approved, leftOut } = approvedRun(answer.plan, job, values.approve ?? []);
  if (leftOut.length > 0)
    output.err(`cairn: left out, since nobody has approved it: ${leftOut.join(', ')} (\`cairn run <job>\` does)\n`);
  if (jobs?.length === 0) return 0;
  const chosen = { trigger: jobs === undefined ? trigger : { ...trigger, jobs }, approved };
  const options = { root, repo, defaultBranch, ...chosen, pools, executor, ...secretsFile, hasColours: colours };
  return runToEnd(options);
};
