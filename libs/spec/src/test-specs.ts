import type { Plan, Trigger } from '#events';
import { parseSpec, planPipeline, type Pipeline, type PlanRequest } from './index.js';

/** Each diagnostic as `[warning ]line:column-endColumn CODE message`. */
export const faults = (text: string): string[] =>
  parseSpec(text).diagnostics.map(({ severity, line, column, endColumn, code, message }) => {
    const kind = severity === 'warning' ? 'warning ' : '';
    return `${kind}${line}:${column}-${endColumn} ${code?.replace('CAIRN_SPEC_', '')} ${message}`;
  });

export const pipelineOf = (...lines: string[]): Pipeline => {
  const { pipeline, diagnostics } = parseSpec(lines.join('\n'));
  expect(diagnostics).toEqual([]);
  if (!pipeline) throw new TypeError('no pipeline');
  return pipeline;
};

/** A push to `main`, unless told otherwise. */
export const trigger = (values: Partial<Trigger> = {}): Trigger => ({
  event: 'push',
  ref: 'refs/heads/main',
  sha: 'a'.repeat(40),
  branch: 'main',
  isDefaultBranch: true,
  title: 'Add a stone',
  author: 'ada',
  ...values,
});

export const pullRequest = (values: Partial<NonNullable<Trigger['pullRequest']>> = {}): Trigger => ({
  ...trigger({ event: 'pull_request', ref: 'refs/pull/7/head', isDefaultBranch: false }),
  branch: undefined,
  pullRequest: { number: 7, head: 'topic', base: 'main', fork: false, title: 'A topic', ...values },
});

export const tag = (name: string): Trigger => ({
  ...trigger({ event: 'tag', ref: `refs/tags/${name}`, tag: name, isDefaultBranch: false }),
  branch: undefined,
});

export const request = (values: Partial<PlanRequest> = {}): PlanRequest => ({
  trigger: trigger(),
  repo: 'cairn/demo',
  repoId: 'gh-42',
  ...values,
});

/** The plan of a spec for an event. */
export const planFor = (values: Partial<PlanRequest>, ...lines: readonly string[]): Plan => {
  const { plan, diagnostics } = planPipeline(pipelineOf(...lines), request(values));
  expect(diagnostics).toEqual([]);
  if (!plan) throw new TypeError('no plan');
  return plan;
};

export const planOf = (...lines: readonly string[]): Plan => planFor({}, ...lines);
