import fc from 'fast-check';
import { buildId, subjects, type RepoEvent, type RepoSnapshot, type Trigger } from '#events';
import { context, forkTrigger, specify, triggerOf } from '#testing';
import { repoDecider, type RepoCommand } from './repo.decider.js';

const given = specify(repoDecider);
const CONTEXT = { ...context(subjects.repo('gh-1')), repoId: 'gh-1', repo: 'ada/engine', defaultBranch: 'main' };
const ORIGIN = { kind: 'delivery' as const, id: '11111111-1111-4111-8111-111111111111' };

const FEATURE = triggerOf();
const MAIN = triggerOf({ ref: 'refs/heads/main', branch: 'main', isDefaultBranch: true });
const PULL = forkTrigger();
const TAG = triggerOf({ event: 'tag', ref: 'refs/tags/v1', tag: 'v1' });
const MANUAL = triggerOf({ event: 'manual' });

const idOf = (name: string): string => buildId(1, name);
const push = (name: string, sequence: number, trigger: Trigger = FEATURE): RepoCommand => ({
  ...CONTEXT,
  cause: name,
  type: 'RegisterBuild',
  buildId: idOf(name),
  trigger,
  sequence,
  origin: ORIGIN,
});
const ask = (name: string, trigger: Trigger = FEATURE): RepoCommand => ({
  ...CONTEXT,
  cause: name,
  type: 'RegisterBuild',
  buildId: idOf(name),
  trigger,
  origin: { kind: 'request', id: ORIGIN.id },
});
const closeRef = (sequence: number, ref = FEATURE.ref): RepoCommand => ({
  ...CONTEXT,
  cause: `close ${sequence}`,
  type: 'CloseRef',
  ref,
  sequence,
});
const SLOT = '2026-01-01T03:00:00.000Z';
const NIGHTLY = { cron: '0 3 * * *', line: 4 };
const set = (
  schedules: readonly { cron: string; line: number }[],
  sequence?: number,
  at = '2026-01-01T00:00:00.000Z',
) =>
  ({
    ...{ ...CONTEXT, at, cause: `set ${sequence}`, schedules },
    type: 'SetSchedules',
    ...(sequence === undefined ? {} : { sequence }),
  }) as const;
const due = (name: string, slot = SLOT, cron = NIGHTLY.cron): RepoCommand => ({
  ...{ ...CONTEXT, cause: name, type: 'RegisterBuild', buildId: idOf(name) },
  trigger: triggerOf({ event: 'schedule', ref: MAIN.ref, branch: 'main', isDefaultBranch: true }),
  ...{ origin: { kind: 'schedule', id: name }, schedule: { cron, slot } },
});
const closeBuild = (name: string): RepoCommand => ({ ...CONTEXT, type: 'CloseBuild', buildId: idOf(name) });
const enable: RepoCommand = { ...CONTEXT, type: 'EnableRepo' };
const disable: RepoCommand = { ...CONTEXT, type: 'DisableRepo' };

const after = (...commands: readonly RepoCommand[]): RepoEvent[] =>
  commands.reduce<RepoEvent[]>((past, command) => [...past, ...next(past, command)], []);
const next = (past: readonly RepoEvent[], command: RepoCommand): readonly RepoEvent[] =>
  repoDecider.decide(past.reduce(repoDecider.evolve, repoDecider.initialState()), command);
const snapshot = (past: readonly RepoEvent[]): RepoSnapshot | undefined => past.at(-1)?.data.repo;

/** The answer to a registration: what it supersedes, and by what it is superseded itself. */
const registered = (past: readonly RepoEvent[], command: RepoCommand) => {
  const [event, ...more] = next(past, command);
  expect(more).toEqual([]);
  if (event?.type !== 'BuildRegistered') throw new Error(`${event?.type ?? 'nothing'} is no registration`);
  const { build, supersedes, supersededBy } = event.data;
  return { number: build.number, supersedes, supersededBy };
};

describe('repo decider', () => {
  it('numbers builds in the order in which they are registered', () => {
    expect(registered([], push('a', 1)).number).toBe(1);
    expect(registered(after(push('a', 1), closeBuild('a')), push('b', 2)).number).toBe(2);
  });

  it('registers a build once, also when it is over and its push comes again', () => {
    given(...after(push('a', 1)))
      .when(push('a', 1))
      .thenNothing();
    given(...after(push('a', 1), push('b', 2)))
      .when(push('a', 1))
      .thenNothing();
    given(...after(push('a', 1), closeBuild('a')))
      .when(push('a', 1))
      .thenNothing();
  });

  it('remembers a build as open until it is closed', () => {
    expect(snapshot(after(push('a', 1), push('b', 2)))?.open).toHaveLength(2);
    expect(snapshot(after(push('a', 1), push('b', 2), closeBuild('a')))?.open).toMatchObject([{ buildId: idOf('b') }]);
    given(...after(push('a', 1), closeBuild('a')))
      .when(closeBuild('a'))
      .thenNothing();
  });

  it('does not bring an old name back when an old build ends', () => {
    const renamed = after(push('a', 1), { ...push('b', 2), repo: 'ada/motor', defaultBranch: 'trunk' });
    expect(snapshot([...renamed, ...next(renamed, closeBuild('a'))])).toMatchObject({
      repo: 'ada/motor',
      defaultBranch: 'trunk',
    });
  });

  describe('superseding', () => {
    it.each([
      ['a branch', FEATURE],
      ['a pull request', PULL],
    ])('of %s: the newer push wins, in whatever order they come', (_, trigger) => {
      expect(registered(after(push('old', 1, trigger)), push('new', 2, trigger))).toMatchObject({
        supersedes: [idOf('old')],
        supersededBy: undefined,
      });
      expect(registered(after(push('new', 2, trigger)), push('old', 1, trigger))).toMatchObject({
        supersedes: [],
        supersededBy: idOf('new'),
      });
    });
    it.each([
      ['the default branch', MAIN],
      ['a tag', TAG],
      ['a manual run', MANUAL],
    ])('never of %s', (_, trigger) => {
      for (const past of [after(push('x', 1, trigger)), after(push('x', 3, trigger))])
        expect(registered(past, push('y', 2, trigger))).toMatchObject({ supersedes: [], supersededBy: undefined });
    });
    it('leaves other refs alone', () =>
      expect(registered(after(push('a', 1, PULL), push('b', 2, MAIN)), push('c', 3)).supersedes).toEqual([]));
    it('knows of a newer push whose build has ended', () =>
      expect(registered(after(push('new', 2), closeBuild('new')), push('old', 1)).supersededBy).toBe(idOf('new')));
    it('does not happen by what a person asks for', () => {
      const rerun = registered(after(push('a', 1)), ask('again'));
      expect(rerun).toMatchObject({ supersedes: [], supersededBy: undefined });
    });
    it('takes what a person asked for with it', () =>
      expect(registered(after(push('a', 1), ask('again')), push('b', 2)).supersedes).toEqual([
        idOf('a'),
        idOf('again'),
      ]));
    it('works for a branch called constructor or __proto__', () => {
      for (const name of ['constructor', '__proto__']) {
        const trigger = triggerOf({ ref: name, branch: name });
        expect(registered([], push('a', 1, trigger)).supersededBy).toBeUndefined();
        expect(registered(after(push('b', 2, trigger)), push('a', 1, trigger)).supersededBy).toBe(idOf('b'));
      }
    });

    it('leaves the newest push and no other, over any order, repetition and end', () => {
      const moves = fc.array(fc.record({ push: fc.integer({ min: 1, max: 6 }), ends: fc.boolean() }), {
        minLength: 1,
        maxLength: 30,
      });
      fc.assert(
        fc.property(moves, fc.constantFrom(FEATURE, PULL, MAIN, TAG), (script, trigger) => {
          const past: RepoEvent[] = [];
          const pointless = new Set<string>();
          const come = new Map<string, number>();
          for (const { push: sequence, ends } of script) {
            const name = `push ${sequence}`;
            // the planner does not register again what it has requested: the newest it need not ask for
            const newest = Math.max(0, ...come.values());
            if (!come.has(idOf(name)) || sequence === newest || snapshot(past)?.open.some(isOf(name))) {
              const events = next(past, push(name, sequence, trigger));
              expect(events).toHaveLength(come.has(idOf(name)) ? 0 : 1);
              for (const event of events) {
                if (event.type !== 'BuildRegistered') continue;
                event.data.supersedes.forEach((id) => pointless.add(id));
                if (event.data.supersededBy !== undefined) pointless.add(event.data.build.buildId);
              }
              past.push(...events);
              come.set(idOf(name), sequence);
            }
            const isPointless = pointless.has(idOf(name));
            if (ends && isPointless) past.push(...next(past, closeBuild(name)));
          }
          const newest = Math.max(...come.values());
          const expected = [...come].filter(([, sequence]) => sequence < newest).map(([id]) => id);
          const canBe = trigger === FEATURE || trigger === PULL;
          expect([...pointless].sort()).toEqual(canBe ? expected.sort() : []);
          expect(snapshot(past)?.counter).toBe(come.size);
        }),
        { numRuns: 300 },
      );
    });
  });

  describe('a closed pull request', () => {
    const closedWith = (past: readonly RepoEvent[], command: RepoCommand) => {
      const [event] = next(past, command);
      return event?.type === 'RefClosed' ? event.data.cancels : undefined;
    };

    it('takes its open builds with it', () => {
      expect(closedWith(after(push('a', 1), push('m', 2, MAIN)), closeRef(3))).toEqual([idOf('a')]);
      expect(closedWith(after(push('a', 1), closeBuild('a')), closeRef(3))).toEqual([]);
    });
    it('is closed once', () =>
      given(...after(push('a', 1), closeRef(3)))
        .when(closeRef(3))
        .thenNothing());
    it('is not closed by news from before it was opened again', () =>
      given(...after(push('a', 1), push('b', 4)))
        .when(closeRef(3))
        .thenNothing());
    it('makes a push that comes late pointless', () =>
      expect(registered(after(closeRef(3)), push('a', 1)).supersededBy).toBe(''));
    it('can be built again when it is opened again', () =>
      expect(registered(after(push('a', 1), closeRef(3)), push('b', 4)).supersededBy).toBeUndefined());
  });

  describe('permission', () => {
    it('changes when it is asked to, once', () => {
      expect(snapshot(after(enable))?.enabled).toBe(true);
      expect(snapshot(after(disable))?.enabled).toBe(false);
      expect(snapshot(after(enable, disable))?.enabled).toBe(false);
      given(...after(enable))
        .when(enable)
        .thenNothing();
      given(...after(disable))
        .when(disable)
        .thenNothing();
    });
    it('is left to the settings by a registration', () => expect(snapshot(after(push('a', 1)))?.enabled).toBeNull());
    it('survives builds', () => expect(snapshot(after(enable, push('a', 1), closeBuild('a')))?.enabled).toBe(true));
  });

  describe('schedules', () => {
    const entriesOf = (past: readonly RepoEvent[]) => snapshot(past)?.schedules?.entries;

    it('begin when they are set, and are written only when they change', () => {
      const past = after(set([NIGHTLY], 3));
      expect(past.map(({ type }) => type)).toEqual(['SchedulesSet']);
      expect(entriesOf(past)).toEqual([{ ...NIGHTLY, slot: '2026-01-01T00:00:00.000Z' }]);
      given(...past)
        .when(set([NIGHTLY, NIGHTLY], 4))
        .thenNothing();
      given().when(set([], 1)).thenNothing();
      expect(entriesOf(after(set([NIGHTLY], 3), set([], 4)))).toEqual([]);
    });
    it('keep their time when others come or the line moves', () => {
      const moved = { ...NIGHTLY, line: 9 };
      const hourly = { cron: '0 * * * *', line: 10 };
      expect(
        entriesOf(after(set([NIGHTLY], 3), due('a'), set([moved, hourly], 4, '2026-01-01T09:00:00.000Z'))),
      ).toEqual([
        { ...moved, slot: SLOT },
        { ...hourly, slot: '2026-01-01T09:00:00.000Z' },
      ]);
    });
    it('are those of the newest push, whichever comes first', () => {
      given(...after(set([NIGHTLY], 3)))
        .when(set([], 2))
        .thenNothing();
      given(...after(push('a', 5, MAIN)))
        .when(set([NIGHTLY], 4))
        .thenNothing();
      expect(entriesOf(after(push('a', 5, MAIN), set([NIGHTLY])))).toHaveLength(1); // a person enables it later
    });
    it('build each time once, the latest of those that were missed', () => {
      const past = after(set([NIGHTLY], 3), due('a'));
      expect(past.at(-1)).toMatchObject({ type: 'BuildRegistered', data: { build: { number: 1 }, supersedes: [] } });
      expect(entriesOf(past)).toEqual([{ ...NIGHTLY, slot: SLOT }]);
      for (const [name, slot] of [['b', SLOT] as const, ['c', '2025-12-31T03:00:00.000Z'] as const])
        given(...past)
          .when(due(name, slot))
          .thenNothing();
      expect(after(set([NIGHTLY], 3), due('a'), due('b', '2026-01-04T03:00:00.000Z'))).toHaveLength(3);
    });
    it('build nothing when they are not there any more', () =>
      given(...after(set([NIGHTLY], 3), set([], 4)))
        .when(due('a'))
        .thenNothing());
    it('pass over what fell into the time in which the repository was not to build', () => {
      const past = after(set([NIGHTLY], 3), disable, { ...enable, at: '2026-01-02T12:00:00.000Z' });
      expect(entriesOf(past)).toEqual([{ ...NIGHTLY, slot: '2026-01-02T12:00:00.000Z' }]);
    });
    it('survive builds', () =>
      expect(entriesOf(after(set([NIGHTLY], 3), push('a', 4), closeBuild('a')))).toHaveLength(1));
  });

  it('carries its whole state in each event', () => {
    const past = after(enable, push('a', 1), push('b', 2), closeRef(3), closeBuild('a'));
    expect(repoDecider.evolve({}, past.at(-1) as RepoEvent)).toEqual(
      past.reduce(repoDecider.evolve, repoDecider.initialState()),
    );
  });

  it('stays small: only the most recent refs are remembered', () => {
    const branch = (index: number) => triggerOf({ ref: `refs/heads/b${index}`, branch: `b${index}` });
    const commands = Array.from({ length: 600 }, (_, index) => [
      push(`${index}`, index + 1, branch(index)),
      closeBuild(`${index}`),
    ]).flat();
    let state = repoDecider.initialState();
    for (const command of commands) state = repoDecider.decide(state, command).reduce(repoDecider.evolve, state);
    expect(state.snapshot?.seen).toHaveLength(500);
    expect(state.snapshot?.seen.at(-1)?.[0]).toBe('refs/heads/b599');
    expect(state.snapshot?.counter).toBe(600);
  });
});

const isOf =
  (name: string) =>
  ({ buildId: id }: { buildId: string }): boolean =>
    id === idOf(name);
