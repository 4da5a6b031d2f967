import { isTrue, reduce, usesOf, type Expression, type Fault, type Values } from '#expression';
import type { Condition, EarlierStatus, Trigger, Why } from '#events';
import { matchPaths } from '#glob';
import type { GlobsSpec } from './globs.reader.js';
import { shown } from './wording.js';

/** What can be given to `when.status`. */
export const STATUSES = ['passed', 'failed', 'cancelled'] as const satisfies readonly EarlierStatus[];

/** When a job or step runs: everything that is given must fit. */
export type WhenSpec = Readonly<{
  line: number;
  event?: Readonly<{ line: number; names: readonly Trigger['event'][] }>;
  branch?: GlobsSpec;
  tag?: GlobsSpec;
  base?: GlobsSpec;
  paths?: GlobsSpec;
  status?: readonly EarlierStatus[];
  expression?: Expression;
}>;

/** What a build begins with. `files`: those that changed; undefined: not known, so that every path matches. */
export type Occasion = Readonly<{ trigger: Trigger; files?: readonly string[] }>;

/**
 * What `when` comes to: decided against (`why`), or what is still to be decided (`condition`; undefined: nothing), or an
 * expression that must fail.
 */
export type Verdict =
  | Readonly<{ why: Why; condition?: Condition; faults?: undefined }>
  | Readonly<{ faults: readonly Fault[]; why?: undefined; condition?: undefined }>;

const refused = (line: number, detail: string): Why => ({ runs: false, detail, line });

/** What an event is, in a sentence about branches and tags. */
const built = ({ event, branch, tag, pullRequest }: Trigger): string => {
  if (tag !== undefined) return `the tag ${shown(tag)} is built`;
  if (pullRequest) return `a pull request into ${shown(pullRequest.base)} is built`;
  return branch === undefined ? `what is built is a ${event}` : `the branch ${shown(branch)} is built`;
};

/** Whether a name is there and matches. */
export const fits = (globs: GlobsSpec | undefined, name: string | undefined): boolean =>
  globs === undefined || (name !== undefined && globs.globs.matches(name));

/** Whether a changed file matches. What is not known, or would take too long to tell, does. */
export const touches = (globs: GlobsSpec | undefined, files: readonly string[] | undefined): boolean =>
  globs === undefined || files === undefined || matchPaths(globs.globs, files).kind !== 'none';

/** The key of a `when` that does not fit the event, if there is one. */
const misfit = (when: WhenSpec, { trigger, files }: Occasion): Why | undefined => {
  const { event, branch, tag, base, paths } = when;
  if (event && !event.names.includes(trigger.event))
    return refused(
      event.line,
      `\`when.event\` is ${event.names.map(shown).join(' or ')}; the event is \`${trigger.event}\``,
    );
  if (branch && !fits(branch, trigger.branch))
    return refused(branch.line, `\`when.branch\` does not match: ${built(trigger)}`);
  if (tag && !fits(tag, trigger.tag)) return refused(tag.line, `\`when.tag\` does not match: ${built(trigger)}`);
  if (base && !fits(base, trigger.pullRequest?.base))
    return refused(base.line, `\`when.base\` does not match: ${built(trigger)}`);
  if (paths && !touches(paths, files)) return refused(paths.line, 'no changed file matches `when.paths`');
  return undefined;
};

const asksForStatus = (expression: Expression): boolean =>
  ['passed', 'failed', 'always'].some((name) => usesOf(expression).functions.has(name as 'passed'));

/** Decides what can be decided of a `when`. Names that `values` lacks are left for later. */
export const decide = (when: WhenSpec, occasion: Occasion, values: Values): Verdict => {
  const { line, expression } = when;
  const why = misfit(when, occasion);
  if (why) return { why };
  const runs: Why = { runs: true, detail: '`when` fits', line };
  if (!expression) {
    if (!when.status) return { why: runs };
    return { why: runs, condition: { status: when.status, line } };
  }
  const reduced = reduce(expression, values);
  if (!reduced.ok) return { faults: reduced.faults };
  const status = asksForStatus(expression) ? { status: STATUSES } : {};
  if (!reduced.value.done) {
    const detail = 'the expression of `when` is decided later';
    return { why: { runs: true, detail, line }, condition: { ...status, expression: reduced.value.source, line } };
  }
  if (!isTrue(reduced.value.value)) return { why: refused(line, 'the expression of `when` is false') };
  return asksForStatus(expression) ? { why: runs, condition: { ...status, line } } : { why: runs };
};
