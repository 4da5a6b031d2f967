import { DiscardPolicy, RetentionPolicy, type StreamConfig } from '@nats-io/jetstream';
import fc from 'fast-check';
import { DEFAULT_STREAM_SETTINGS, streamConfigs, widened } from './streams.js';

const configs = streamConfigs(DEFAULT_STREAM_SETTINGS);
const named = (name: string) => configs.find((config) => config.name === name);

const subjects = fc.uniqueArray(fc.constantFrom('build.>', 'repo.>', 'logs.>', 'x.*'), { minLength: 1 });
const limits = {
  subjects,
  max_bytes: fc.oneof(fc.constantFrom(-1, 0), fc.integer({ min: 1, max: 1e12 })),
  max_age: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1e15 })),
  num_replicas: fc.constantFrom(1, 3, 5),
  allow_direct: fc.boolean(),
  duplicate_window: fc.nat(1e12),
  deny_delete: fc.boolean(),
  max_msgs_per_subject: fc.constantFrom(-1, 1),
};
const existing = fc
  .record({ name: fc.constant('EVENTS'), ...limits })
  .map((config) => config as unknown as StreamConfig);
const wanted = fc
  .record({ name: fc.constant('EVENTS'), ...limits }, { requiredKeys: ['name'] })
  .map((config) => config as Partial<StreamConfig>);

/** No limit counts as the largest. */
const size = (limit: number): number => (limit <= 0 ? Infinity : limit);

describe('streams', () => {
  it('keep events for ever, tickets until they are done, and refuse when they are full', () => {
    expect(named('EVENTS')).toMatchObject({ deny_delete: true, deny_purge: true, max_bytes: -1 });
    expect(named('EVENTS')?.max_age).toBeUndefined();
    expect(named('QUEUE')?.retention).toBe(RetentionPolicy.Workqueue);
    for (const config of configs) expect(config).toMatchObject({ discard: DiscardPolicy.New, allow_direct: true });
  });

  it('share no subject', () => {
    const all = configs.flatMap((config) => config.subjects ?? []);
    expect(new Set(all).size).toBe(all.length);
  });

  it('never become narrower', () => {
    fc.assert(
      fc.property(existing, wanted, (before, change) => {
        const after = widened(before, change) ?? before;
        expect(after.subjects).toEqual(expect.arrayContaining(before.subjects));
        expect(size(after.max_bytes)).toBeGreaterThanOrEqual(size(before.max_bytes));
        expect(size(after.max_age)).toBeGreaterThanOrEqual(size(before.max_age));
        expect(after.num_replicas).toBeGreaterThanOrEqual(before.num_replicas);
        expect(after.allow_direct || !before.allow_direct).toBe(true);
        const { subjects: _s, max_bytes: _b, max_age: _a, num_replicas: _r, allow_direct: _d, ...others } = after;
        expect(before).toMatchObject(others);
      }),
    );
  });

  it('hold all that is wanted', () => {
    fc.assert(
      fc.property(existing, wanted, (before, change) => {
        const after = widened(before, change) ?? before;
        expect(after.subjects).toEqual(expect.arrayContaining(change.subjects ?? []));
        expect(new Set(after.subjects).size).toBe(after.subjects.length);
        expect(size(after.max_bytes)).toBeGreaterThanOrEqual(size(change.max_bytes ?? -1));
        expect(size(after.max_age)).toBeGreaterThanOrEqual(size(change.max_age ?? 0));
        expect(after.num_replicas).toBeGreaterThanOrEqual(change.num_replicas ?? 1);
      }),
    );
  });

  it('need no second change', () => {
    fc.assert(
      fc.property(existing, wanted, (before, change) => {
        const after = widened(before, change);
        if (after) expect(widened(after, change)).toBeUndefined();
      }),
    );
  });
});
