import { DEFAULT_LIMITS } from './docker-container.js';
import { limitsFor } from './resource-limits.js';

const GIB = 1024 ** 3;

describe('limitsFor', () => {
  it('gives what is asked for, and the usual where nothing is', () => {
    expect(limitsFor(DEFAULT_LIMITS, {}, { cpus: 0.5 })).toEqual({
      limits: { ...DEFAULT_LIMITS, cpus: 0.5 },
      cuts: [],
    });
    expect(limitsFor(DEFAULT_LIMITS, {})).toEqual({ limits: DEFAULT_LIMITS, cuts: [] });
  });

  it('gives no more than the ceiling, and says so to who asked for more', () => {
    const ceilings = { cpus: 1, memoryBytes: GIB };
    expect(limitsFor(DEFAULT_LIMITS, ceilings)).toEqual({ limits: { ...DEFAULT_LIMITS, ...ceilings }, cuts: [] });
    expect(limitsFor(DEFAULT_LIMITS, ceilings, { cpus: 8, memoryBytes: 64 * GIB })).toEqual({
      limits: { ...DEFAULT_LIMITS, ...ceilings },
      cuts: [
        'the job asks for 8 CPUs and gets 1 CPUs: the limit of this runner',
        'the job asks for 65536 MiB of memory and gets 1024 MiB of memory: the limit of this runner',
      ],
    });
  });

  it('gives no less than the engine takes', () => {
    expect(limitsFor(DEFAULT_LIMITS, {}, { cpus: 0.0001, memoryBytes: 1 }).limits).toMatchObject({
      cpus: 0.01,
      memoryBytes: 6 * 1024 ** 2,
    });
  });
});
