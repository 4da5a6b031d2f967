import type { Failure, JobOutcome } from './build.events.js';
import type { Actor } from './event.js';
import type { Decision, OpenBuild, Origin, RepoSchedules, RepoSnapshot } from './intake.events.js';
import { count, flag, list, nullable, object, oneOf, optional, record, text, tuple, variants } from './shape.js';
import type { Trigger } from './trigger.js';

/** What the data of several events has in common. */
export const actor = object<Actor>({
  kind: oneOf<Actor['kind']>({ user: true, token: true, forge: true, schedule: true, system: true }),
  id: text,
  name: text,
});

export const trigger = object<Trigger>({
  event: oneOf<Trigger['event']>({ push: true, pull_request: true, tag: true, schedule: true, manual: true }),
  ref: text,
  sha: text,
  branch: optional(text),
  tag: optional(text),
  pullRequest: optional(
    object<NonNullable<Trigger['pullRequest']>>({ number: count, head: text, base: text, fork: flag, title: text }),
  ),
  before: optional(text),
  inputs: optional(record(text)),
  jobs: optional(list(text)),
  isDefaultBranch: flag,
  title: text,
  author: text,
});

export const origin = object<Origin>({
  kind: oneOf<Origin['kind']>({ delivery: true, request: true, schedule: true }),
  id: text,
});

export const decision = variants<Decision, 'kind'>('kind', {
  build: object({ kind: oneOf({ build: true }), buildId: text, trigger }),
  close: object({ kind: oneOf({ close: true }), ref: text }),
});

export const openBuild = object<OpenBuild>({ buildId: text, number: count, ref: text, sequence: count });

export const repo = object<RepoSnapshot>({
  repoId: text,
  repo: text,
  enabled: nullable(flag),
  defaultBranch: text,
  counter: count,
  open: list(openBuild),
  seen: list(tuple<RepoSnapshot['seen'][number]>(text, count, text)),
  schedules: optional(
    object<RepoSchedules>({
      sequence: count,
      entries: list(object<RepoSchedules['entries'][number]>({ cron: text, line: count, slot: text })),
    }),
  ),
});

export const jobOutcome = oneOf<JobOutcome>({ passed: true, failed: true, cancelled: true });

export const failure = object<Failure>({
  kind: oneOf<Failure['kind']>({ step: true, setup: true, infrastructure: true, timeout: true }),
  message: text,
  step: optional(count),
});
