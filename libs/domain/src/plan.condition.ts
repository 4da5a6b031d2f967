import { evaluate, isTrue, MAX_REDUCED, parseExpression, type Expression, type Names, type Result } from '#expression';
import type { BuildRequested, Condition, EarlierStatus } from '#events';
import type { PlanJob } from './plan.state.js';

/** What a condition may ask about. `outputs`: what the jobs that it needs wrote, by their names. */
export type ConditionContext = Readonly<{
  request: BuildRequested['data'] | undefined;
  job: PlanJob;
  status: EarlierStatus;
  outputs: () => ReadonlyMap<string, Names>;
}>;

/** `fault`: why it cannot be told. */
export type ConditionAnswer = Readonly<{ holds: boolean; fault?: string }>;

export const namesOf = (values: Readonly<Record<string, string | number | boolean | undefined>> = {}): Names =>
  new Map(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));

/** The fields of `cairn` that a build has from its beginning. */
export const cairnNames = ({ buildId, number, repo, repoId, trigger }: BuildRequested['data'], name: string): Names =>
  namesOf({
    ...{ event: trigger.event, ref: trigger.ref, sha: trigger.sha, branch: trigger.branch, tag: trigger.tag },
    ...{ title: trigger.title, author: trigger.author, build_id: buildId, build_number: number },
    ...{ repo, repo_id: repoId.replace(/^[a-z]+-/, ''), job: name, pull_request: trigger.pullRequest?.number },
    ...{ base: trigger.pullRequest?.base, head: trigger.pullRequest?.head },
  });

/** Each is read once, however many cells have it. */
const parsed = new WeakMap<Condition, Result<Expression>>();

const read = (condition: Condition, source: string): Result<Expression> => {
  const known = parsed.get(condition) ?? parseExpression(source, MAX_REDUCED);
  parsed.set(condition, known);
  return known;
};

/** Whether the expression of a condition is true, now that what comes before the job has ended. */
export const answerOf = (condition: Condition | undefined, context: ConditionContext): ConditionAnswer => {
  if (condition?.expression === undefined) return { holds: true };
  const { request, job, status, outputs } = context;
  const expression = read(condition, condition.expression);
  const values = {
    cairn: request ? cairnNames(request, job.planned.name) : new Map<string, string>(),
    matrix: namesOf(job.planned.cell),
    inputs: namesOf(request?.trigger.inputs),
    needs: outputs(),
  };
  const functions = {
    passed: () => status === 'passed',
    failed: () => status === 'failed',
    always: () => true,
  };
  const result = expression.ok ? evaluate(expression.value, values, functions) : expression;
  return result.ok ? { holds: isTrue(result.value) } : { holds: false, fault: result.faults[0]?.message ?? '' };
};
