import fc from 'fast-check';
import type { Heartbeat } from '#events';
import { cellOf, queued as queuedJobs, planOfJobs, planned, requested } from '#testing';
import { admit } from './admission.js';
import { candidatesOf, foremostOf, poolsOf, type OpenBuild } from './open-build.js';
import { stateAfter } from './plan.commands.builder.js';

const POOLS = ['default', 'arm', 'gpu'];

const rows = fc.array(fc.record({ pool: fc.constantFrom(...POOLS), isQueued: fc.boolean() }), { maxLength: 8 });
const runners = fc.array(fc.record({ pools: fc.subarray(POOLS, { minLength: 1 }), capacity: fc.nat(3) }), {
  maxLength: 3,
}) as fc.Arbitrary<unknown> as fc.Arbitrary<readonly Heartbeat[]>;

const openBuild = (jobs: readonly Readonly<{ pool: string; isQueued: boolean }>[], at: number): OpenBuild => {
  const cells = jobs.map(({ pool }, n) => cellOf(`job-${n}`, {}, [], { pool }));
  const queued = cells.filter((_, n) => jobs[n]?.isQueued).map(({ id }): [string, number] => [id, 1]);
  const limit = at % 2 === 0 ? {} : { maxParallel: 1 };
  const events = [
    requested(),
    planned(planOfJobs(cells, { 'job-0': limit })),
    ...(queued.length > 0 ? [queuedJobs(...queued)] : []),
  ];
  return [`build-${at}`, stateAfter(...events)];
};

describe('the foremost candidates', () => {
  it('are all that admission would pick of all of them', () => {
    fc.assert(
      fc.property(fc.array(rows, { maxLength: 4 }), runners, (all, alive) => {
        const builds = all.map(openBuild);
        const candidates = candidatesOf(builds, new Map());
        const pools = poolsOf(builds, alive, new Map());
        const foremost = foremostOf(builds, new Map(), pools);
        expect(admit(foremost, pools)).toEqual(admit(candidates, poolsOf(builds, alive, new Map(), candidates)));
        expect(candidates).toEqual(expect.arrayContaining([...foremost]));
      }),
    );
  });

  it('are no more of each build than there is room for', () => {
    const build = openBuild(
      Array.from({ length: 50 }, () => ({ pool: 'default', isQueued: false })),
      0,
    );
    const pools = new Map([['default', { slots: 2, admittedByRepo: new Map() }]]);
    expect(foremostOf([build], new Map(), pools)).toHaveLength(3);
    expect(foremostOf([build], new Map(), new Map([['arm', { slots: 2, admittedByRepo: new Map() }]]))).toEqual([]);
  });
});
