import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Diagnostic, Plan, PlannedJob, Trigger } from '#events';
import { planRows } from '#spec';

/** What is expected of a row of the plan; `runs`: `yes` or `no`, `line`: the rule's. Other keys as in template and row. */
export type ExpectedJob = Readonly<
  Record<string, unknown> & { runs?: 'yes' | 'no'; line?: number; steps?: readonly unknown[] }
>;

type Outcome = 'passed' | 'failed' | 'cancelled' | 'lost';

/**
 * One case of `test/scenarios/spec/*.yml`. Jobs are called by their name and cell, as in `test node=20 os=linux`.
 *
 * - `trigger`: `push <branch>` · `pr <head> -> <base>` · `fork <head> -> <base>` · `tag <tag>` · `schedule <branch>` ·
 *   `manual <branch>`; without it a push to `main`, the default branch.
 * - `changed`: the files that changed; without it nobody knows.
 * - `findings`: all that is said about the text, each `line:column CODE` (without `CAIRN_SPEC_`), with `warning ` before it
 *   when it is one, and perhaps words of its message or suggestion after it. Without the key: nothing is said.
 * - `starts`: `yes` or `no`, perhaps with ` line <n>` of the rule. `inputFaults`: words of what is said about `inputs`.
 * - `plan`: all its rows in order; `jobs`: just how many. `planFindings`: as `findings`, of the expansion.
 * - `outcomes`: how attempts end (one, or one after the other), or what a job that passes wrote. `ends`: how the jobs end,
 *   with the reason of a skip. `build`: how the build does.
 * - `beyond`: why the JSON Schema accepts what the parser refuses. `schema: none`: there is no document to check.
 */
export type Scenario = Readonly<{
  case: string;
  spec: string;
  trigger?: string;
  title?: string;
  inputs?: Readonly<Record<string, string>>;
  changed?: readonly string[];
  findings?: readonly string[];
  starts?: string;
  inputFaults?: readonly string[];
  plan?: Readonly<Record<string, ExpectedJob>>;
  jobs?: number;
  planFindings?: readonly string[];
  outcomes?: Readonly<Record<string, Outcome | readonly Outcome[] | Readonly<Record<string, string>>>>;
  ends?: Readonly<Record<string, string>>;
  build?: string;
  beyond?: string;
  schema?: 'none';
}>;

const FOLDER = join(import.meta.dirname, 'spec');

/** Theme → its cases. */
export const scenarios = (): ReadonlyMap<string, readonly Scenario[]> =>
  new Map(
    readdirSync(FOLDER)
      .sort()
      .map((file) => [file.replace(/\.yml$/, ''), parse(readFileSync(join(FOLDER, file), 'utf8')) as Scenario[]]),
  );

const TRIGGER = /^(?:(push|schedule|manual|tag) (.+)|(pr|fork) (\S+) -> (\S+))$/;

/** What a case says under `trigger`, taken apart. @throws Error when it says nothing */
export const triggerWords = (trigger = 'push main') => {
  const [, event, name = '', request, head = '', base = ''] = TRIGGER.exec(trigger) ?? [];
  if (event === undefined && request === undefined) throw new Error(`no trigger: ${trigger}`);
  return { event, name, request, head, base };
};

export const triggerOf = ({ trigger, title = 'A commit', inputs }: Scenario): Trigger => {
  const { event, name, request, head, base } = triggerWords(trigger);
  const common = { sha: '0123456789abcdef0123456789abcdef01234567', title, author: 'octo', isDefaultBranch: false };
  if (request !== undefined) {
    const pullRequest = { number: 7, head, base, fork: request === 'fork', title };
    return { ...common, event: 'pull_request', ref: 'refs/pull/7/head', pullRequest };
  }
  if (event === 'tag') return { ...common, event, ref: `refs/tags/${name}`, tag: name };
  const isDefaultBranch = name === 'main';
  const branch = { ref: `refs/heads/${name}`, branch: name, isDefaultBranch, ...(inputs && { inputs }) };
  return { ...common, event: event as 'push', ...branch };
};

/** A row of a plan by the name of its job and its cell. */
export const rowName = ({ name, cell }: PlannedJob): string =>
  [name, ...Object.entries(cell).map(([key, value]) => `${key}=${value}`)].join(' ');

/** Compares what is said with what is expected; words are looked for where some are expected. */
export const said = (diagnostics: readonly Diagnostic[], expected: readonly string[]): string[] =>
  diagnostics.map(({ severity, line, column, code = '', message, suggestion = '' }, index) => {
    const head = `${severity === 'warning' ? 'warning ' : ''}${line}:${column} ${code.replace('CAIRN_SPEC_', '')}`;
    const wanted = expected[index] ?? '';
    const words = wanted.startsWith(`${head} `) ? wanted.slice(head.length + 1) : '';
    if (words !== '' && `${message} ${suggestion}`.includes(words)) return wanted;
    return words === '' && wanted === head ? head : `${head} ${message}`;
  });

/** What each row comes to: template and row, with the cell put in. */
export const rowsOf = (plan: Plan): Map<string, Record<string, unknown>> =>
  new Map(planRows(plan).map(({ job, template }) => [rowName(job), { ...template, ...job }]));
