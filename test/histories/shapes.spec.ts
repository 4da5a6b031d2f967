import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { decodeEvent, fact, subjects, SYSTEM, type CairnEvent, type DomainEvent } from '#events';
import {
  BUILD_ID,
  SHA,
  STEP_FAILED,
  cancelled,
  finished,
  forkTrigger,
  jobAdopted,
  jobFinished,
  jobLost,
  jobStarted,
  planOfJobs,
  plannedJob,
  planned,
  queued,
  requested,
  settled,
  skipped,
  stepFinished,
  stepStarted,
} from '#testing';
import type { Recorded } from './history.js';

const FOLDER = new URL('.', import.meta.url);

const recorded = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.history.json'))
  .flatMap((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Recorded[])
  .map(({ event }) => event as DomainEvent);

const context = { subject: subjects.notice(BUILD_ID), at: '2026-01-01T00:00:00.000Z', cause: 'x', actor: SYSTEM };

const built: readonly DomainEvent[] = [
  requested(forkTrigger(), { supersededBy: BUILD_ID }),
  planned(planOfJobs([plannedJob('test', ['lint'], { cell: { node: 22, os: 'linux', slow: false } })])),
  queued(['test', 1]),
  settled({ jobId: 'test', attempt: 1, outcome: 'failed', failure: STEP_FAILED, again: true }),
  skipped({ jobId: 'test', reason: 'need', because: 'lint' }),
  cancelled({ reason: 'superseded', by: BUILD_ID }),
  finished('failed'),
  jobStarted(1),
  jobAdopted(1, 'epoch-2'),
  stepStarted(1, 1),
  stepFinished(1, 1, { exitCode: null }),
  jobFinished(1, 'failed', STEP_FAILED),
  jobLost(1),
  fact('NotificationFailed', 1, context, {
    channel: 'github-status',
    context: 'cairn',
    sha: SHA,
    state: 'x',
    error: 'x',
  }),
];
const EXAMPLES = [...recorded, ...built];

/** What may be left out, as `Type.path`. */
const OPTIONAL = new Set([
  ...['DeliveryAccepted.action', 'DeliveryIgnored.action', 'DeliveryIgnored.repoId', 'DeliveryIgnored.repo'],
  ...['RequestAccepted.repoId', 'RequestAccepted.buildId', 'RequestAccepted.decision'],
  ...['DeliveryAccepted.decision.trigger', 'BuildRegistered.trigger', 'BuildRequested.trigger'].flatMap((trigger) =>
    ['branch', 'tag', 'pullRequest'].map((field) => `${trigger}.${field}`),
  ),
  ...['BuildRegistered.supersededBy', 'BuildRequested.supersededBy', 'BuildCancelled.by', 'LogStored.missing'],
  ...['BuildPlanned.plan.templates[].image', 'JobsSkipped.jobs[].because', 'JobsSettled.jobs[].failure'],
  ...['JobFinished.failure', 'JobFinished.failure.step', 'JobsSettled.jobs[].failure.step'],
]);
/** Objects with keys of their own: any may be left out, and a message does not tell which. */
const isOwnKey = (path: string): boolean => /\.(environment|cell)\.[^.]+$/.test(path);

type Place = Readonly<{ holder: Record<string, unknown>; key: string; path: string }>;

/** Each field and element below `value`. */
const placesIn = (value: unknown, path = ''): Place[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => {
    const holder = value as Record<string, unknown>;
    const place = { holder, key, path: Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}` };
    return [place, ...placesIn(holder[key], place.path)];
  });
};

const read = (event: unknown) => decodeEvent('x', 1, Buffer.from(JSON.stringify(event)));

/** The event with one place changed. */
const changed = (event: DomainEvent, n: number, change: (place: Place) => void) => {
  const copy = structuredClone(event);
  const place = placesIn(copy.data)[n]!;
  change(place);
  return { copy, path: isOwnKey(place.path) ? place.path.replace(/[^.]+$/, '*') : place.path };
};

const refusal = (event: unknown): string => {
  try {
    read(event);
    return 'it was read';
  } catch (error) {
    return String(error);
  }
};

const TYPES = [...new Set(EXAMPLES.map(({ type }) => type))];

/** Every type has the same chance, however often it was recorded. */
const anyPlace = fc
  .constantFrom(...TYPES)
  .chain((type) => fc.constantFrom(...EXAMPLES.filter((event) => event.type === type)))
  .chain((event) => fc.record({ event: fc.constant(event), n: fc.nat({ max: placesIn(event.data).length - 1 }) }));

/** What may not stand in the place of what is there. */
const wrongFor = ({ holder, key, path }: Place): readonly unknown[] => {
  const value = holder[key];
  if (/\.cell\.[^.]+$/.test(path)) return [null, [], {}];
  if (value === null) return ['x', [], {}];
  if (Array.isArray(value)) return ['x', 7, true, null, {}];
  if (typeof value === 'object') return ['x', 7, true, null, []];
  return [[], {}, ...(typeof value === 'number' ? ['x', 0.5, -1e300] : typeof value === 'boolean' ? ['true', 0] : [7])];
};

describe('the data of events', () => {
  it('has an example of every type', () => {
    const types: { readonly [T in CairnEvent['type']]: true } = {
      ...{ BuildApproved: true, BuildAwaitingApproval: true, BuildCancelled: true, BuildClosed: true },
      ...{ BuildFinished: true, BuildPlanned: true, BuildRegistered: true, BuildRejected: true, BuildRequested: true },
      ...{
        DeliveryAccepted: true,
        DeliveryIgnored: true,
        GroupAcquired: true,
        GroupReleased: true,
        GroupWaiting: true,
      },
      ...{ JobAdopted: true, JobFinished: true, JobLost: true, JobStarted: true, JobsQueued: true, JobsSettled: true },
      ...{ JobsSkipped: true, LogStored: true, NotificationFailed: true, NotificationSent: true, RefClosed: true },
      ...{ RepoDisabled: true, RepoEnabled: true, RequestAccepted: true, RequestRefused: true, StepFinished: true },
      ...{ StepStarted: true },
    };
    expect([...TYPES].sort()).toEqual(Object.keys(types).sort());
  });

  it('is read as it was written', () => {
    for (const event of EXAMPLES) expect(read(event)).toEqual(JSON.parse(JSON.stringify(event)));
  });

  it('is refused without a field that it needs, by its place, and read without one that it does not', () =>
    fc.assert(
      fc.property(anyPlace, ({ event, n }) => {
        const { copy, path } = changed(event, n, ({ holder, key }) => {
          if (Array.isArray(holder)) holder[key as unknown as number] = null;
          else delete holder[key];
        });
        const general = path.replace(/\[\d+\]/g, '[]');
        if (OPTIONAL.has(event.type + general) || path.endsWith('.*')) expect(read(copy)).toBeDefined();
        else expect(refusal(copy)).toContain(` data${path} of ${event.type} is missing or not `);
      }),
      { numRuns: 2_000 },
    ));

  it('is refused with anything else in the place of a value, by its place', () =>
    fc.assert(
      fc.property(anyPlace, fc.nat(), ({ event, n }, choice) => {
        const { copy, path } = changed(event, n, (place) => {
          const wrong = wrongFor(place);
          place.holder[place.key] = wrong[choice % wrong.length];
        });
        expect(refusal(copy)).toContain(` data${path} of ${event.type} is missing or not `);
      }),
      { numRuns: 4_000 },
    ));
});
