import type { Trigger } from '#events';
import type { Findings } from './findings.js';
import type { GlobsSpec } from './globs.reader.js';
import type { OnSpec } from './on-spec.js';
import type { Pipeline } from './pipeline.js';
import type { WhenSpec } from './when.js';
import { shown } from './wording.js';

type Event = Trigger['event'];

/** The events that can begin a build: one by hand always can. */
const eventsOf = (on: OnSpec | undefined): Set<Event> => {
  if (!on) return new Set<Event>(['push', 'pull_request', 'manual']);
  const events = new Set<Event>(['manual']);
  if (on.push && (on.push.branches || !on.push.tags)) events.add('push');
  if (on.tag || on.push?.tags) events.add('tag');
  if (on.pullRequest) events.add('pull_request');
  if (on.schedules.length > 0) events.add('schedule');
  return events;
};

/** What each key of `when` can only be true for. */
const WITH_BRANCH: readonly Event[] = ['push', 'schedule', 'manual'];
const POSSIBLE = { branch: WITH_BRANCH, tag: ['tag', 'manual'], base: ['pull_request'] } as const satisfies Partial<
  Record<keyof WhenSpec, readonly Event[]>
>;

/** Why a `when` can never fit; undefined: it can. */
const whyNever = (when: WhenSpec, events: ReadonlySet<Event>, hasNeeds: boolean): string | undefined => {
  if (when.status && !when.status.includes('passed') && !hasNeeds)
    return 'a job without `needs` begins with nothing before it, which counts as passed';
  const wanted = when.event ? when.event.names.filter((name) => events.has(name)) : [...events];
  if (wanted.length === 0) return `no build begins with ${when.event?.names.map(shown).join(' or ')}; see \`on\``;
  const given = (Object.keys(POSSIBLE) as (keyof typeof POSSIBLE)[]).filter((key) => when[key]);
  const possible = wanted.filter((event) => given.every((key) => (POSSIBLE[key] as readonly Event[]).includes(event)));
  if (possible.length > 0) return undefined;
  return `no event has all of ${given.map((key) => `\`${key}\``).join(', ')} of those that begin a build here: ${wanted.map(shown).join(', ')}`;
};

const everyBranch = (globs: GlobsSpec | undefined): boolean =>
  globs === undefined || globs.patterns.some((pattern) => pattern === '*' || pattern === '**');

/** Jobs that can never run, and commits that are built twice. */
export const warnOfReach = (findings: Findings, { on, jobs }: Pipeline): void => {
  const events = eventsOf(on);
  for (const { name, when, needs, places } of jobs) {
    const why = when && whyNever(when, events, needs.length > 0);
    const place = places.get('when');
    if (why !== undefined && place)
      findings.warningAt('UNREACHABLE_JOB', place, `the job ${shown(name)} can never run: ${why}`);
  }
  if (on?.push && on.pullRequest && events.has('push') && everyBranch(on.push.branches))
    findings.warningAt(
      'PUSH_AND_PULL_REQUEST',
      on.pullRequest.place,
      'a commit of a pull request of the same repository is built twice, by `push` and by `pull_request`; name `branches` under `push`, or leave `on` out',
    );
};
