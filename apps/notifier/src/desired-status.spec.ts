import { buildId, type Diagnostic, type Failure, type PlanEvent } from '#events';
import { buildProgress } from './build-progress.js';
import { storyOf } from './build-story.builder.js';
import { desiredStatus } from './desired-status.js';
import { count, description, duration } from './status-text.js';

const ID = buildId(1, 'a delivery');
const SHA = 'a'.repeat(40);
const BASE = 'https://ci.example.org';

type Story = ReturnType<typeof storyOf>;
type Row = readonly [what: string, state: string, text: string, tell: (story: Story) => PlanEvent[], path?: string];

const failure: Failure = { kind: 'step', message: 'step 2 ended with code 1', step: 2 };
const fault = (line: number, message: string, severity: Diagnostic['severity'] = 'error'): Diagnostic => ({
  ...{ severity, message, line, column: 1 },
});
const begun = (story: Story): PlanEvent[] => [story.requested(), story.planned('lint', 'test')];

const rows: readonly Row[] = [
  ['requested', 'pending', 'build #7 is running', (s) => [s.requested()]],
  ['planned', 'pending', 'build #7 is running', (s) => begun(s)],
  ['waiting', 'pending', 'waits for approval', (s) => [s.requested(), s.awaitsApproval()]],
  ['approved', 'pending', 'build #7 is running', (s) => [s.requested(), s.awaitsApproval(), s.approved()]],
  [
    'partly failed',
    'pending',
    'job `test` failed, others run on',
    (s) => [...begun(s), s.queued('lint', 'test'), s.settled('test', 'failed', failure)],
    '/jobs/test',
  ],
  [
    'about to end',
    'pending',
    'build #7 is running',
    (s) => [...begun(s), s.queued('test'), s.settled('test', 'failed', failure)],
  ],
  [
    'to be tried again',
    'pending',
    'build #7 is running',
    (s) => [...begun(s), s.settled('test', 'lost', undefined, true)],
  ],
  [
    'passed',
    'success',
    '2 jobs passed in 4.0 s',
    (s) => [...begun(s), s.settled('lint', 'passed'), s.settled('test', 'passed'), s.finished('passed')],
  ],
  [
    'passed, partly skipped',
    'success',
    '1 job passed, 1 skipped in 4.0 s',
    (s) => [...begun(s), s.settled('lint', 'passed'), s.skipped('test'), s.finished('passed')],
  ],
  [
    'passed, though a job failed that may',
    'success',
    '1 job passed, 1 failed as allowed in 4.0 s',
    (s) => [
      s.requested(),
      s.plannedWith({ lint: { allowFailure: true } }, 'lint', 'test'),
      s.settled('lint', 'failed', failure),
      s.settled('test', 'passed'),
      s.finished('passed'),
    ],
  ],
  [
    'failed, after a job failed that may',
    'failure',
    'job `test` failed',
    (s) => [
      s.requested(),
      s.plannedWith({ lint: { allowFailure: true } }, 'lint', 'test'),
      s.settled('lint', 'failed', failure),
      s.settled('test', 'failed'),
      s.finished('failed'),
    ],
    '/jobs/test',
  ],
  [
    'failed',
    'failure',
    'job `test` failed: step 2 ended with code 1',
    (s) => [
      ...begun(s),
      s.settled('test', 'failed', failure),
      s.settled('lint', 'failed', { ...failure, message: 'later' }),
      s.finished('failed'),
    ],
    '/jobs/test',
  ],
  [
    'failed in a cell of a matrix',
    'failure',
    'job `test (20, linux)` failed: step 2 ended with code 1',
    (s) => [
      s.requested(),
      s.planned(s.cell('test--0123abcd', { node: 20, os: 'linux' })),
      s.settled('test--0123abcd', 'failed', failure),
      s.finished('failed'),
    ],
    '/jobs/test--0123abcd',
  ],
  [
    'failed, the job being called constructor',
    'failure',
    'job `constructor` failed',
    (s) => [s.requested(), s.planned('constructor'), s.settled('constructor', 'lost'), s.finished('failed')],
    '/jobs/constructor',
  ],
  [
    'passed after a lost attempt',
    'success',
    '1 job passed in 4.0 s',
    (s) => [
      s.requested(),
      s.planned('test'),
      s.settled('test', 'lost', undefined, true),
      s.settled('test', 'passed'),
      s.finished('passed'),
    ],
  ],
  [
    'rejected',
    'error',
    '.cairn.yml line 3: jobs must be a mapping',
    (s) => [s.requested(), s.rejected(fault(1, 'odd', 'warning'), fault(3, 'jobs must be a mapping'), fault(4, 'x'))],
  ],
  [
    'superseded',
    'error',
    'cancelled: superseded by a newer push',
    (s) => [...begun(s), s.cancelled('superseded'), s.finished('cancelled')],
  ],
  ['being cancelled', 'error', 'cancelled by Ada', (s) => [...begun(s), s.cancelled('user', 'Ada')]],
  [
    'waiting for the approval of a job',
    'pending',
    'job `test` waits for approval',
    (s) => [s.requested(), s.planned('test'), s.awaiting('test')],
    '/jobs/test',
  ],
  [
    'closed',
    'error',
    'cancelled: the branch or pull request is closed',
    (s) => [...begun(s), s.cancelled('closed'), s.finished('cancelled')],
  ],
];

describe('desired status', () => {
  const after = (events: readonly PlanEvent[]) =>
    desiredStatus(events.reduce(buildProgress.evolve, buildProgress.initialState()), BASE);

  for (const [what, state, text, tell, path = ''] of rows) {
    it(`of a build that is ${what}: ${state}, ${text}`, () =>
      expect(after(tell(storyOf({ buildId: ID, sha: SHA })))).toEqual({
        ...{ sha: SHA, context: 'cairn', state, description: text },
        targetUrl: `${BASE}/builds/${ID}${path}`,
      }));
  }

  it('is none before the build was requested', () => expect(after([])).toBeUndefined());

  it('is one line of 140 characters at most', () => {
    const story = storyOf({ buildId: ID, sha: SHA });
    const message = `first\nsecond\u0000\u001b[31m ${'🪨'.repeat(200)}`;
    const status = after([
      ...begun(story),
      story.settled('test', 'failed', { kind: 'setup', message }),
      story.finished('failed'),
    ]);
    expect(status?.description).toMatch(/^job `test` failed: first second \[31m 🪨+…$/u);
    expect([...(status?.description ?? '')]).toHaveLength(140);
    expect(status?.description).not.toMatch(/[\ud800-\udbff]…/);
  });
});

describe('status text', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_999, '1.9 s'],
    [9_999, '9.9 s'],
    [59_999, '59 s'],
    [185_000, '3 min 5 s'],
    [3_720_000, '1 h 2 min'],
  ])('says %d ms as %s', (ms, text) => expect(duration(ms)).toBe(text));

  it('counts', () =>
    expect([count(0, 'job'), count(1, 'job'), count(2, 'job')]).toEqual(['0 jobs', '1 job', '2 jobs']));

  it('leaves 140 characters alone', () => expect(description('é'.repeat(140))).toBe('é'.repeat(140)));
});
