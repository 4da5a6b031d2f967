import fc from 'fast-check';
import { UndecodableEvent } from '#errors';
import { decodeEvent, upcasters } from './codec.js';
import { fact, SYSTEM } from './event.js';

const SUBJECT = 'repo.gh-1';
const EVENT = fact(
  'BuildCancelled',
  1,
  { subject: SUBJECT, at: '2026-01-01T00:00:00.000Z', cause: 'x', actor: SYSTEM },
  { reason: 'user' },
);
const read = (value: unknown) => decodeEvent(SUBJECT, 7, Buffer.from(JSON.stringify(value)));
const without = (key: string) => Object.fromEntries(Object.entries(EVENT).filter(([name]) => name !== key));

describe('decodeEvent', () => {
  it('gives back what was written', () => expect(read(EVENT)).toEqual(EVENT));

  it('keeps fields that a newer writer added', () =>
    expect(read({ ...EVENT, data: { reason: 'user', more: 1 } })).toMatchObject({ data: { more: 1 } }));

  it('skips an unknown type only where its writer allows it', () => {
    expect(read({ ...EVENT, type: 'Unheard', ignorable: true })).toBeUndefined();
    expect(() => read({ ...EVENT, type: 'Unheard' })).toThrow(UndecodableEvent);
    expect(() => read({ ...EVENT, type: 'Unheard', ignorable: 'yes' })).toThrow(UndecodableEvent);
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('does not take %s for a type', (type) =>
    expect(() => read({ ...EVENT, type })).toThrow(UndecodableEvent),
  );

  it.each([0, 2, -1, 1.5, '1', null])('refuses version %p', (v) =>
    expect(() => read({ ...EVENT, v })).toThrow(UndecodableEvent),
  );

  it.each(['type', 'v', 'id', 'at', 'cause', 'actor', 'data'])('refuses an event without %s', (key) => {
    expect(() => read(without(key))).toThrow(UndecodableEvent);
    expect(() => read({ ...EVENT, [key]: null })).toThrow(UndecodableEvent);
    expect(() => read({ ...EVENT, [key]: [] })).toThrow(UndecodableEvent);
  });

  it('refuses an actor that is none, by its place', () => {
    expect(() => read({ ...EVENT, actor: { ...SYSTEM, kind: 'ghost' } })).toThrow(
      /actor\.kind is missing or not user or/,
    );
    expect(() => read({ ...EVENT, actor: { kind: 'system', id: 'x' } })).toThrow(
      /actor\.name is missing or not a text/,
    );
  });

  it('never tells a value', () => {
    const told = (data: unknown) => {
      try {
        read({ ...EVENT, data });
        return 'nothing';
      } catch (error) {
        return String(error);
      }
    };
    expect(told({ reason: 'hunter2' })).toMatch(/data\.reason of BuildCancelled/);
    expect(told({ reason: 'hunter2' })).not.toMatch(/hunter2/);
    expect(told({ reason: 'user', by: ['hunter2'] })).toMatch(/data\.by of BuildCancelled/);
    expect(told({ reason: 'user', by: ['hunter2'] })).not.toMatch(/hunter2/);
  });

  describe('with data of an old version', () => {
    const lifts = upcasters as Record<string, (data: never) => unknown>;
    beforeEach(() => (lifts['BuildCancelled@0'] = ({ why }: { why: string }) => ({ reason: why.toLowerCase() })));
    afterEach(() => delete lifts['BuildCancelled@0']);

    it('checks what it is lifted to', () => {
      expect(read({ ...EVENT, v: 0, data: { why: 'USER' } })).toMatchObject({ v: 1, data: { reason: 'user' } });
      expect(() => read({ ...EVENT, v: 0, data: { why: 'HUNGER' } })).toThrow(/data\.reason of BuildCancelled/);
    });

    it('says so when it cannot be lifted', () =>
      expect(() => read({ ...EVENT, v: 0, data: { reason: 'user' } })).toThrow(
        /message 7 .* its data is not that of version 0 of BuildCancelled/,
      ));
  });

  it('says which message it was', () =>
    expect(() => decodeEvent(SUBJECT, 7, Buffer.from('{'))).toThrow(/message 7 on repo\.gh-1/));

  it('throws nothing but UndecodableEvent, whatever the bytes', () => {
    const anything = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record({
          type: fc.oneof(fc.string(), fc.constant('JobLost')),
          v: fc.oneof(fc.anything(), fc.constant(1)),
          data: fc.object(),
        })
        .map((event) =>
          Buffer.from(
            JSON.stringify({ ...EVENT, ...event }, (_, value: unknown) => (typeof value === 'bigint' ? 0 : value)),
          ),
        ),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        try {
          decodeEvent(SUBJECT, 1, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(UndecodableEvent);
        }
      }),
    );
  });
});
