import fc from 'fast-check';
import { admit, inLine, type Candidate, type PoolLoad, type Turn } from './admission.js';

const job = (repoId: string, buildId: string, jobId = 'test', pool = 'default'): Candidate => ({
  ...{ repoId, buildId, jobId, pool },
  asked: false,
});
const asked = (repoId: string, buildId: string): Candidate => ({ ...job(repoId, buildId), asked: true });
const turn = (at: number, wasAsked = false): Turn => ({ at, asked: wasAsked });
const pools = (slots: number, admitted: Readonly<Record<string, number>> = {}): Map<string, PoolLoad> =>
  new Map([['default', { slots, admittedByRepo: new Map(Object.entries(admitted)) }]]);
const buildsOf = (candidates: readonly Candidate[]): string[] => candidates.map(({ buildId }) => buildId);

describe('admission', () => {
  it('fills the slots and one ahead', () => {
    const waiting = ['1', '2', '3', '4'].map((build) => job('a', build));
    expect(buildsOf(admit(waiting, pools(2)))).toEqual(['1', '2', '3']);
    expect(buildsOf(admit(waiting, pools(2, { a: 1 })))).toEqual(['1', '2']);
    expect(admit(waiting, pools(2, { a: 3 }))).toEqual([]);
    expect(admit(waiting, pools(2, { a: 9 }))).toEqual([]);
  });
  it('admits nothing where there is no slot, or no such pool', () => {
    expect(admit([job('a', '1')], pools(0))).toEqual([]);
    expect(admit([job('a', '1', 'test', 'arm')], pools(4))).toEqual([]);
    expect(admit([job('a', '1')], new Map())).toEqual([]);
  });
  it('takes the repository with the fewest admitted jobs first', () => {
    const waiting = [job('a', '1'), job('a', '2'), job('b', '3'), job('b', '4')];
    expect(buildsOf(admit(waiting, pools(1)))).toEqual(['1', '3']);
    expect(buildsOf(admit(waiting, pools(2, { a: 2 })))).toEqual(['3']);
    expect(buildsOf(admit(waiting, pools(4, { a: 2 })))).toEqual(['3', '4', '1']);
  });
  it('takes the repository whose turn is longest ago of several that have nothing', () => {
    const waiting = [job('a', '1'), job('b', '2'), job('c', '3')];
    const load: PoolLoad = {
      slots: 1,
      admittedByRepo: new Map([['x', 1]]),
      lastTurns: new Map([
        ['a', turn(2)],
        ['b', turn(1)],
        ['x', turn(3)],
      ]),
    };
    expect(buildsOf(admit(waiting, new Map([['default', load]])))).toEqual(['3']);
    expect(buildsOf(admit(waiting.slice(0, 2), new Map([['default', load]])))).toEqual(['2']);
  });

  const candidates = fc
    .array(fc.tuple(fc.nat(4), fc.constantFrom('default', 'arm', 'none')), { maxLength: 40 })
    .map((rows) => rows.map(([repo, pool], index) => job(`repo-${repo}`, `${index}`, 'test', pool)));
  const loads = fc
    .dictionary(
      fc.constantFrom('default', 'arm'),
      fc.record({ slots: fc.nat(6), admitted: fc.array(fc.nat(3), { maxLength: 5 }) }),
    )
    .map(
      (record) =>
        new Map(
          Object.entries(record).map(([pool, { slots, admitted }]): [string, PoolLoad] => [
            pool,
            { slots, admittedByRepo: new Map(admitted.map((count, repo) => [`repo-${repo}`, count])) },
          ]),
        ),
    );
  const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + count, 0);

  it('never admits more than the slots and one, nor anything twice, nor leaves a slot free', () => {
    fc.assert(
      fc.property(candidates, loads, (waiting, load) => {
        const admitted = admit(waiting, load);
        expect(new Set(admitted).size).toBe(admitted.length);
        for (const candidate of admitted) expect(waiting).toContain(candidate);
        for (const [pool, { slots, admittedByRepo }] of load) {
          const before = sum(admittedByRepo.values());
          const mine = admitted.filter((candidate) => candidate.pool === pool).length;
          const wanted = waiting.filter((candidate) => candidate.pool === pool).length;
          const room = slots === 0 ? 0 : Math.max(0, slots + 1 - before);
          expect(mine).toBe(Math.min(room, wanted));
        }
      }),
    );
  });

  it('gives a repository no more than its limits, in all pools together and of each pool', () => {
    const waiting = ['1', '2', '3', '4'].flatMap((build) => [job('a', build), job('a', build, 'test', 'arm')]);
    const two = new Map([...pools(4), ['arm', { slots: 4, admittedByRepo: new Map() }]]);
    expect(admit(waiting, two, { jobs: 3 })).toHaveLength(3);
    expect(admit([...waiting, job('b', '9')], pools(4, { a: 3 }), { jobs: 3 })).toEqual([job('b', '9')]);
    expect(admit(waiting, two, { percentOfPool: 50 }).map(({ pool }) => pool)).toEqual([
      ...['default', 'default', 'arm', 'arm'],
    ]);
    expect(admit(waiting, pools(4), { percentOfPool: 1 })).toHaveLength(1);
    expect(admit(waiting, pools(4, { a: 5 }), { jobs: 3 })).toEqual([]);
  });
  it('counts what is at work in a pool whose runners are gone', () => {
    const gone: PoolLoad = { slots: 0, admittedByRepo: new Map([['a', 2]]) };
    expect(admit([job('a', '1')], new Map([...pools(4), ['arm', gone]]), { jobs: 2 })).toEqual([]);
  });

  it('takes what a person asked for before the older jobs of its repository, every other turn', () => {
    const waiting = [job('a', '1'), job('a', '2'), asked('a', '3'), asked('a', '4'), asked('a', '5')];
    expect(buildsOf(admit(waiting, pools(4)))).toEqual(['3', '1', '4', '2', '5']);
    const lastTurns = new Map([['a', turn(7, true)]]);
    const load: PoolLoad = { slots: 1, admittedByRepo: new Map([['a', 1]]), lastTurns };
    expect(buildsOf(admit(waiting, new Map([['default', load]])))).toEqual(['1']);
    expect(buildsOf(admit([job('b', '6'), ...waiting], pools(1)))).toEqual(['6', '3']);
  });

  it('says in which order they would be admitted, and who is kept back by its limits', () => {
    const waiting = [job('a', '1'), job('a', '2'), job('b', '3'), asked('a', '4'), job('b', '5', 'test', 'arm')];
    const lines = inLine(waiting, new Map([...pools(1), ...pools(0)]), { jobs: 2 });
    const [standings] = lines.values();
    expect(standings?.map(({ candidate, isLimited }) => [candidate.buildId, isLimited])).toEqual([
      ...[
        ['4', false],
        ['3', false],
        ['1', false],
        ['2', true],
      ],
    ]);
  });
  it('stands in line as it admits', () => {
    fc.assert(
      fc.property(candidates, loads, (waiting, load) => {
        const lines = inLine(waiting, load);
        for (const pool of load.keys()) {
          const admitted = admit(waiting, load).filter((one) => one.pool === pool);
          const line = (lines.get(pool) ?? []).map(({ candidate }) => candidate);
          expect(line.slice(0, admitted.length)).toEqual(admitted);
          expect(new Set(line)).toEqual(new Set(waiting.filter((one) => one.pool === pool)));
        }
      }),
    );
  });

  /** What happens at each step: jobs come, in bulk or one by one, of any kind, and running ones end. */
  const steps = fc.array(
    fc.record({
      comes: fc.array(
        fc.record({
          repo: fc.nat(5),
          pool: fc.constantFrom('default', 'arm'),
          asked: fc.boolean(),
          count: fc.constantFrom(1, 1, 3, 40),
        }),
        { maxLength: 4 },
      ),
      ends: fc.array(fc.nat(100), { maxLength: 4 }),
    }),
    { minLength: 20, maxLength: 80 },
  );
  const scripts = fc.record({
    slots: fc.integer({ min: 1, max: 3 }),
    limits: fc.constantFrom({}, { jobs: 1 }, { jobs: 2 }, { percentOfPool: 50 }),
    steps,
  });

  /** Plays a script; `look` sees every turn, with what waited before it and what is at work. */
  const play = (
    { slots, limits, steps: script }: typeof scripts extends fc.Arbitrary<infer T> ? T : never,
    look: (taken: Candidate, waiting: readonly Candidate[], running: readonly Candidate[]) => void,
  ): void => {
    const waiting: Candidate[] = [];
    const running: Candidate[] = [];
    const lastTurns = new Map([
      ['default', new Map<string, Turn>()],
      ['arm', new Map<string, Turn>()],
    ]);
    let ids = 0;
    let at = 0;
    for (const { comes, ends } of script) {
      for (const { repo, pool, asked: isAsked, count } of comes)
        for (let n = 0; n < count; n += 1)
          waiting.push({ ...job(`repo-${repo}`, `${(ids += 1)}`, 'test', pool), asked: isAsked });
      for (const end of ends) if (running.length > 0) running.splice(end % running.length, 1);
      const load = new Map(
        [...lastTurns].map(([pool, turns]): [string, PoolLoad] => {
          const admittedByRepo = new Map<string, number>();
          for (const one of running)
            if (one.pool === pool) admittedByRepo.set(one.repoId, (admittedByRepo.get(one.repoId) ?? 0) + 1);
          return [pool, { slots, admittedByRepo, lastTurns: turns }];
        }),
      );
      for (const taken of admit(waiting, load, limits)) {
        look(taken, waiting, running);
        waiting.splice(waiting.indexOf(taken), 1);
        running.push(taken);
        lastTurns.get(taken.pool)?.set(taken.repoId, turn((at += 1), taken.asked));
      }
    }
  };

  it('passes over no repository that has nothing at work more often than there are others, whatever comes', () => {
    const keyOf = ({ repoId, pool }: Candidate): string => `${repoId} ${pool}`;
    fc.assert(
      fc.property(scripts, (script) => {
        const passed = new Map<string, number>();
        play(script, (taken, waiting, running) => {
          const wait = new Map(waiting.filter(({ pool }) => pool === taken.pool).map((one) => [keyOf(one), one]));
          const atWork = new Set(running.map(keyOf));
          const anywhere = new Set(running.map(({ repoId }) => repoId));
          for (let repo = 0; repo <= 5; repo += 1) {
            const key = `repo-${repo} ${taken.pool}`;
            const isFull = 'jobs' in script.limits && anywhere.has(`repo-${repo}`);
            const isPassedOver = wait.has(key) && key !== keyOf(taken) && !atWork.has(key) && !isFull;
            passed.set(key, isPassedOver ? (passed.get(key) ?? 0) + 1 : 0);
          }
          expect(Math.max(...passed.values())).toBeLessThanOrEqual(5);
        });
      }),
      { numRuns: 200 },
    );
  });
  it('lets what was asked for pass the rest of its repository never twice in a row', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        const last = new Map<string, boolean>();
        play(script, (taken, waiting) => {
          const key = `${taken.repoId} ${taken.pool}`;
          const others = waiting.some((one) => `${one.repoId} ${one.pool}` === key && !one.asked);
          if (taken.asked && others) expect(last.get(key) ?? false).toBe(false);
          last.set(key, taken.asked);
        });
      }),
      { numRuns: 200 },
    );
  });
  it('keeps to the limits, whatever comes', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        play(script, ({ repoId, pool }, _, running) => {
          const mine = running.filter((one) => one.repoId === repoId);
          if ('jobs' in script.limits) expect(mine.length).toBeLessThan(script.limits.jobs ?? Infinity);
          if ('percentOfPool' in script.limits) expect(mine.filter((one) => one.pool === pool)).toHaveLength(0); // half of at most three slots is one
        });
      }),
    );
  });
});
