import type { Trigger, Why } from '#events';
import type { GlobsSpec } from './globs.reader.js';
import type { EventRule, OnSpec } from './on-spec.js';
import type { Pipeline } from './pipeline.js';
import { fits, touches } from './when.js';
import { shown } from './wording.js';

const yes = (detail: string, line?: number): Why => ({ runs: true, detail, ...(line === undefined ? {} : { line }) });
const no = (detail: string, line?: number): Why => ({ runs: false, detail, ...(line === undefined ? {} : { line }) });

/** The verdict of one list of patterns on a name; undefined: it has nothing against it. */
const named = (globs: GlobsSpec | undefined, key: string, what: string, name: string | undefined): Why | undefined =>
  globs && !fits(globs, name) ? no(`${what} ${shown(name ?? '')} does not match \`${key}\``, globs.line) : undefined;

const changed = (globs: GlobsSpec | undefined, key: string, files: readonly string[] | undefined): Why | undefined =>
  globs && !touches(globs, files) ? no(`no changed file matches \`${key}\``, globs.line) : undefined;

const missing = (event: string, { place }: OnSpec): Why => no(`\`on\` does not name \`${event}\``, place.line);

const pushed = (on: OnSpec, { branch }: Trigger, files: readonly string[] | undefined): Why => {
  const { push } = on;
  if (!push) return missing('push', on);
  if (push.tags && !push.branches) return no('`on.push` names only tags', push.tags.line);
  return (
    named(push.branches, 'on.push.branches', 'the branch', branch) ??
    changed(push.paths, 'on.push.paths', files) ??
    yes('`on.push` matches', push.place.line)
  );
};

const tagged = (on: OnSpec, { tag }: Trigger): Why => {
  const rules = [
    ...(on.tag ? [{ rule: on.tag, key: 'on.tag' }] : []),
    ...(on.push?.tags ? [{ rule: on.push, key: 'on.push.tags' }] : []),
  ];
  let last: Why | undefined;
  for (const { rule, key } of rules) {
    last = named(rule.tags, key, 'the tag', tag);
    if (!last) return yes(`\`${key}\` matches`, rule.tags?.line ?? rule.place.line);
  }
  return last ?? missing('tag', on);
};

const proposed = (on: OnSpec, { pullRequest }: Trigger, files: readonly string[] | undefined): Why => {
  const rule: EventRule | undefined = on.pullRequest;
  if (!rule) return missing('pull_request', on);
  return (
    named(rule.branches, 'on.pull_request.branches', 'the base', pullRequest?.base) ??
    changed(rule.paths, 'on.pull_request.paths', files) ??
    yes('`on.pull_request` matches', rule.place.line)
  );
};

/** What begins a build where the file has no `on`. */
const byDefault = ({ event, pullRequest }: Trigger): Why => {
  if (event === 'push') return yes('without `on` every push to a branch is built');
  if (event === 'pull_request' && pullRequest?.fork) return yes('without `on` pull requests from forks are built');
  if (event === 'pull_request')
    return no('a pull request of the same repository is built by its push, unless `on` names `pull_request`');
  return no(`a build by ${event} must be named in \`on\``);
};

/**
 * Whether `on` lets an event begin a build, and which rule says so. `files`: what changed; undefined: not known, so that
 * every path matches. Who asks for a build by hand always gets one.
 */
export const startsOn = (pipeline: Pipeline, trigger: Trigger, files: readonly string[] | undefined): Why => {
  const { on } = pipeline;
  if (trigger.event === 'manual') return yes('it was asked for');
  if (!on) return byDefault(trigger);
  if (trigger.event === 'push') return pushed(on, trigger, files);
  if (trigger.event === 'tag') return tagged(on, trigger);
  if (trigger.event === 'pull_request') return proposed(on, trigger, files);
  const [first] = on.schedules;
  return first ? yes('`on.schedule` names the time', first.line) : missing('schedule', on);
};

/** Whether it matters which files changed: only then need the forge be asked. */
export const asksForFiles = (pipeline: Pipeline, trigger: Trigger): boolean => {
  if (trigger.event !== 'push' && trigger.event !== 'pull_request') return false;
  if (!startsOn(pipeline, trigger, undefined).runs) return false;
  const rule = trigger.event === 'push' ? pipeline.on?.push : pipeline.on?.pullRequest;
  if (rule?.paths) return true;
  return pipeline.jobs.some(({ when, steps }) => when?.paths ?? steps.some((step) => step.when?.paths));
};

/** The times at which a build begins by itself: five fields, in UTC. */
export const schedulesOf = (pipeline: Pipeline): Readonly<{ cron: string; line: number }>[] => [
  ...(pipeline.on?.schedules ?? []),
];
