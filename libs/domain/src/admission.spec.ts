import fc from 'fast-check';
import { admit, type Candidate, type PoolLoad } from './admission.js';

const job = (repoId: string, buildId: string, jobId = 'test', pool = 'default'): Candidate => ({
  repoId,
  buildId,
  jobId,
  pool,
});
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
        ['a', 2],
        ['b', 1],
        ['x', 3],
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

  it('starves no repository, however many jobs the others bring', () => {
    const script = fc.record({
      slots: fc.integer({ min: 1, max: 3 }),
      repos: fc.integer({ min: 2, max: 9 }),
      ends: fc.array(fc.nat(100), { minLength: 60, maxLength: 60 }),
    });
    fc.assert(
      fc.property(script, ({ slots, repos, ends }) => {
        // the first repository brings its jobs last: all others have older ones, more than are ever admitted
        const names = Array.from({ length: repos }, (_, index) => `repo-${index}`);
        const waiting = [...names.slice(1), 'repo-0'].flatMap((name) =>
          Array.from({ length: 100 }, (_, index) => job(name, `${name}.${index}`)),
        );
        const running: Candidate[] = [];
        const lastTurns = new Map<string, number>();
        let turn = 0;
        let passedOver = 0;
        for (const end of ends) {
          const admittedByRepo = new Map<string, number>();
          for (const { repoId } of running) admittedByRepo.set(repoId, (admittedByRepo.get(repoId) ?? 0) + 1);
          const load: PoolLoad = { slots, admittedByRepo, lastTurns };
          for (const candidate of admit(waiting, new Map([['default', load]]))) {
            waiting.splice(waiting.indexOf(candidate), 1);
            running.push(candidate);
            lastTurns.set(candidate.repoId, (turn += 1));
            passedOver = candidate.repoId === 'repo-0' ? 0 : passedOver + 1;
          }
          if (running.some(({ repoId }) => repoId === 'repo-0')) passedOver = 0;
          expect(passedOver).toBeLessThan(repos);
          running.splice(end % running.length, 1);
        }
      }),
      { numRuns: 200 },
    );
  });
});
