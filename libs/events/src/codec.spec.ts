import fc from 'fast-check';
import { UndecodableEvent } from '#errors';
import { decodeEvent } from './codec.js';
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

  it('says which message it was', () =>
    expect(() => decodeEvent(SUBJECT, 7, Buffer.from('{'))).toThrow(/message 7 on repo\.gh-1/));

  it('throws nothing but UndecodableEvent, whatever the bytes', () => {
    const anything = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record({ type: fc.oneof(fc.string(), fc.constant('JobLost')), v: fc.anything(), data: fc.object() })
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
