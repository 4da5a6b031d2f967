import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import {
  decodeEvent,
  fact,
  subjects,
  SYSTEM,
  type CairnEvent,
  type Diagnostic,
  type DomainEvent,
  type JobTemplate,
  type RepoSnapshot,
} from '#events';
import {
  BUILD_ID,
  SHA,
  STEP_FAILED,
  artifactStored,
  endPhaseReached,
  cancelled,
  finished,
  forkTrigger,
  jobAdopted,
  jobsApproved,
  jobsAwaitingApproval,
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
  testsReported,
} from '#testing';
import type { Recorded } from './history.js';

const FOLDER = new URL('.', import.meta.url);

const recorded = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.history.json'))
  .flatMap((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Recorded[])
  .map(({ event }) => event as DomainEvent);

const context = { subject: subjects.notice(BUILD_ID), at: '2026-01-01T00:00:00.000Z', cause: 'x', actor: SYSTEM };

const condition = { status: ['passed', 'failed'], expression: 'failed()', line: 3 } as const;
/** A job with all that the language has. */
const template: Required<JobTemplate> = {
  name: 'test',
  image: 'busybox',
  environment: { A: '1' },
  steps: [
    {
      ...{ name: 'x', run: 'x', environment: { A: '1' }, image: 'busybox', shell: 'sh', workingDirectory: 'x', user: 'x' },
      ...{ secrets: ['A'], timeoutMs: 1, retries: 1, allowFailure: true, when: condition },
      skipped: { runs: false, detail: 'x', line: 1 },
    },
  ],
  when: condition,
  ...{ commandRetries: 1, allowFailure: true, approval: true, failFast: true, maxParallel: 2 },
  services: [{ name: 'db', image: 'postgres', environment: { A: '1' }, command: ['x'], privileged: true }],
  resources: { cpus: 0, memoryBytes: 1 },
  clone: { depth: 1, submodules: true, lfs: true },
  cache: [{ key: 'x', restoreKeys: ['x'], paths: ['x'] }],
  ...{ artifacts: ['x'], artifactsFrom: ['x'], reports: { junit: ['x'] }, notify: [{ to: 'x', on: 'always' }] },
};
const cell = plannedJob('test', ['lint'], {
  cell: { node: 22, os: 'linux', slow: false },
  optionalNeeds: ['lint'],
  group: { name: 'x', cancel: false },
  why: { runs: true, detail: 'x', line: 1 },
});
const diagnostic: Required<Diagnostic> = {
  ...{ severity: 'warning', message: 'x', line: 1, column: 1, code: 'x', endLine: 1, endColumn: 1, suggestion: 'x' },
};
const repo: Required<RepoSnapshot> = {
  ...{ repoId: 'gh-1', repo: 'ada/engine', enabled: null, defaultBranch: 'main', counter: 0, open: [], seen: [] },
  schedules: { sequence: 1, entries: [{ cron: '0 3 * * *', line: 1, slot: 'x' }] },
};

const built: readonly DomainEvent[] = [
  fact('BuildPlanned', 1, context, {
    plan: { templates: [template], jobs: [cell], why: { runs: true, detail: 'x', line: 1 } },
    diagnostics: [diagnostic],
  }),
  fact('SchedulesSet', 1, context, { repo }),
  requested({ ...forkTrigger(), before: SHA, inputs: { level: 'x' }, jobs: ['test'] }),
  skipped({ jobId: 'test', reason: 'when', detail: 'x', line: 1, fault: true }),
  settled({ jobId: 'test', attempt: 1, outcome: 'passed', again: false, outputs: { A: '1' } }),
  { ...jobFinished(1), data: { attempt: 1, outcome: 'passed', outputs: { A: '1' } } },
  requested(forkTrigger(), { supersededBy: BUILD_ID }),
  planned(planOfJobs([plannedJob('test', ['lint'], { cell: { node: 22, os: 'linux', slow: false } })])),
  queued(['test', 1]),
  settled({ jobId: 'test', attempt: 1, outcome: 'failed', failure: STEP_FAILED, again: true }),
  skipped({ jobId: 'test', reason: 'need', because: 'lint' }),
  cancelled({ reason: 'superseded', by: BUILD_ID, spared: ['deploy'] }),
  jobsAwaitingApproval('deploy'),
  jobsApproved('deploy'),
  fact('JobsCancelled', 1, context, { jobs: [{ jobId: 'deploy', group: 'x', by: BUILD_ID }] }),
  fact('GroupReleased', 1, context, { holder: 'x', group: { holder: 'y', waiting: ['z'] } }),
  finished('failed'),
  jobStarted(1),
  jobAdopted(1, 'epoch-2'),
  stepStarted(1, 1, 'db'),
  { ...stepStarted(1, 2), data: { attempt: 1, step: 2, name: 'x', cleanUp: true } },
  endPhaseReached(1, { phase: 'signalled', reason: 'step-timeout', step: 1, try: 2, graceMs: 1 }),
  stepFinished(1, 1, { exitCode: null }),
  artifactStored(1, 'dist/app', { executable: true, link: 'x' }),
  testsReported(1, { unread: [{ file: 'x', line: 1, reason: 'x' }] }),
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

/** Fields of `where` that may be left out. */
const mayLack = (where: string, ...fields: readonly string[]): string[] => fields.map((field) => `${where}.${field}`);
const TRIGGER = ['branch', 'tag', 'pullRequest', 'before', 'inputs', 'jobs'];
const CONDITION = ['status', 'expression', 'line'];
const TEMPLATE = 'BuildPlanned.plan.templates[]';

/** What may be left out, as `Type.path`. */
const OPTIONAL = new Set([
  ...mayLack('DeliveryAccepted', 'action'),
  ...mayLack('DeliveryIgnored', 'action', 'repoId', 'repo', 'line', 'statusOn'),
  ...mayLack('RequestAccepted', 'repoId', 'buildId', 'decision'),
  ...['DeliveryAccepted.decision.trigger', 'RequestAccepted.decision.trigger', 'BuildRegistered.trigger'].flatMap(
    (trigger) => mayLack(trigger, ...TRIGGER),
  ),
  ...mayLack('BuildRequested.trigger', ...TRIGGER),
  ...['RepoEnabled', 'RepoDisabled', 'BuildRegistered', 'RefClosed', 'BuildClosed', 'SchedulesSet'].flatMap((type) =>
    mayLack(`${type}.repo`, 'schedules'),
  ),
  ...['BuildRegistered.supersededBy', 'BuildRequested.supersededBy', 'LogStored.missing'],
  ...mayLack('BuildCancelled', 'by', 'spared'),
  ...['GroupAcquired', 'GroupWaiting', 'GroupReleased'].flatMap((type) => mayLack(type, 'group', 'group.holder')),
  ...mayLack('BuildPlanned.plan', 'why', 'why.line'),
  ...['BuildPlanned', 'BuildRejected'].flatMap((type) =>
    mayLack(`${type}.diagnostics[]`, 'code', 'endLine', 'endColumn', 'suggestion'),
  ),
  ...mayLack('BuildPlanned.plan.jobs[]', 'optionalNeeds', 'group', 'why', 'why.line'),
  ...mayLack(TEMPLATE, 'image', 'when', 'commandRetries', 'allowFailure', 'approval', 'failFast', 'maxParallel'),
  ...mayLack(TEMPLATE, 'services', 'resources', 'clone', 'cache', 'artifacts', 'artifactsFrom', 'reports', 'notify'),
  ...mayLack(`${TEMPLATE}.when`, ...CONDITION),
  ...mayLack(`${TEMPLATE}.services[]`, 'command', 'privileged'),
  ...mayLack(`${TEMPLATE}.resources`, 'cpus', 'memoryBytes'),
  ...mayLack(`${TEMPLATE}.clone`, 'depth', 'submodules', 'lfs'),
  ...mayLack(`${TEMPLATE}.steps[]`, 'image', 'shell', 'workingDirectory', 'user', 'secrets', 'timeoutMs', 'retries'),
  ...mayLack(`${TEMPLATE}.steps[]`, 'allowFailure', 'when', 'skipped', 'skipped.line'),
  ...mayLack(`${TEMPLATE}.steps[].when`, ...CONDITION),
  ...mayLack('JobsSkipped.jobs[]', 'because', 'detail', 'line', 'fault'),
  ...mayLack('JobsSettled.jobs[]', 'failure', 'failure.step', 'outputs'),
  'StepStarted.service',
  ...mayLack('ArtifactStored', 'executable', 'link'),
  ...mayLack('TestsReported', 'unread[].line'),
  ...mayLack('StepStarted', 'cleanUp'),
  ...mayLack('EndPhaseReached', 'step', 'try', 'graceMs'),
  ...mayLack('JobFinished', 'failure', 'failure.step', 'outputs'),
]);
/** Objects with keys of their own: any may be left out, and a message does not tell which. */
const isOwnKey = (path: string): boolean => /\.(environment|cell|inputs|outputs)\.[^.]+$/.test(path);

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
  // not structuredClone: what stands in two places of an example would stay one
  const copy = JSON.parse(JSON.stringify(event)) as DomainEvent;
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
  // of processors there may be parts
  return [[], {}, ...(typeof value === 'number' ? ['x', /\.cpus$/.test(path) ? -1 : 0.5, -1e300] : typeof value === 'boolean' ? ['true', 0] : [7])];
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
      ...{ ArtifactStored: true, EndPhaseReached: true, TestsReported: true },
      ...{ JobAdopted: true, JobFinished: true, JobLost: true, JobStarted: true, JobsQueued: true, JobsSettled: true },
      ...{ JobsSkipped: true, LogStored: true, NotificationFailed: true, NotificationSent: true, RefClosed: true },
      ...{ JobApproved: true, JobAwaitingApproval: true, JobsCancelled: true },
      ...{ RepoDisabled: true, RepoEnabled: true, RequestAccepted: true, RequestRefused: true, StepFinished: true },
      ...{ SchedulesSet: true, StepStarted: true },
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
