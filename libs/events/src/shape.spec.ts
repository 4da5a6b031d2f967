import { EVENT_SHAPES } from './event.shapes.js';
import type { CairnEvent } from './codec.js';
import {
  amount,
  count,
  either,
  list,
  no,
  nullable,
  object,
  oneOf,
  optional,
  record,
  text,
  tuple,
  variants,
  whole,
  yes,
  type Shape,
} from './shape.js';

type Door = Readonly<{ state: 'open' | 'shut'; width: number; label?: string }>;

describe('a shape', () => {
  it('is that of its type, or the compiler fails', () => {
    const fit: Shape<Door> = object({ state: oneOf({ open: true, shut: true }), width: count, label: optional(text) });
    // @ts-expect-error a field is missing
    object<Door>({ state: oneOf({ open: true, shut: true }), label: optional(text) });
    // @ts-expect-error a field that the type does not have
    object<Door>({ state: oneOf({ open: true, shut: true }), width: count, label: optional(text), colour: text });
    // @ts-expect-error a field of another type
    object<Door>({ state: oneOf({ open: true, shut: true }), width: text, label: optional(text) });
    // @ts-expect-error a field that is optional in the type and not here
    object<Door>({ state: oneOf({ open: true, shut: true }), width: count, label: text });
    // @ts-expect-error a field that is optional here and not in the type
    object<Door>({ state: oneOf({ open: true, shut: true }), width: optional(count), label: optional(text) });
    // @ts-expect-error a member too few
    object<Door>({ state: oneOf({ open: true }), width: count, label: optional(text) });
    // @ts-expect-error a member too many
    object<Door>({ state: oneOf({ open: true, shut: true, ajar: true }), width: count, label: optional(text) });
    // @ts-expect-error any text, where the type knows but two
    object<Door>({ state: text, width: count, label: optional(text) });
    const { JobLost: _, ...rest } = EVENT_SHAPES;
    // @ts-expect-error a type of event without one
    const all: { readonly [E in CairnEvent as E['type']]: Shape<E['data']> } = rest;
    expect(fit({ state: 'open', width: 1 })).toBeUndefined();
    expect(all).not.toHaveProperty('JobLost');
  });

  it.each<[string, (value: unknown) => unknown, unknown, string, string]>([
    ['a field', object<{ a: string }>({ a: text }), {}, '.a', 'a text'],
    ['a field of a field', object<{ a: { b: string } }>({ a: object({ b: text }) }), { a: { b: 1 } }, '.a.b', 'a text'],
    ['an element', list(count), [0, -1], '[1]', 'a whole number from 0'],
    ['an element that is no whole number', list(whole), [-1, 0.5], '[1]', 'a whole number'],
    ['a place in a tuple', tuple<[string, number]>(text, count), ['a', 'b'], '[1]', 'a whole number from 0'],
    ['a tuple that is too short', tuple<[string, number]>(text, count), ['a'], '', 'a list of 2'],
    ['a value under a key of its own', record(text), { hunter2: 1 }, '.*', 'a text'],
    ['a value under an odd key', record(text), JSON.parse('{"__proto__": 1}'), '.*', 'a text'],
    ['null where a text or null may stand', object<{ a: string | null }>({ a: nullable(text) }), {}, '.a', 'a text'],
    [
      'a part where only whole numbers count',
      object<{ a: number }>({ a: count }),
      { a: 0.5 },
      '.a',
      'a whole number from 0',
    ],
    ['less than nothing', object<{ a: number }>({ a: amount }), { a: -0.5 }, '.a', 'a number from 0'],
    ['what is neither', either<false, string>(no, text), true, '', 'a text'],
    [
      'a flag that is off where it would be left out',
      object<{ a?: true }>({ a: optional(yes) }),
      { a: false },
      '.a',
      'true',
    ],
    ['null in an optional field', object<{ a?: string }>({ a: optional(text) }), { a: null }, '.a', 'a text'],
    ['an unknown member', oneOf({ a: true, b: true }), 'toString', '', 'a or b'],
    [
      'an unknown variant',
      variants<{ kind: 'a' } | { kind: 'b' }, 'kind'>('kind', {
        a: object({ kind: oneOf({ a: true }) }),
        b: object({ kind: oneOf({ b: true }) }),
      }),
      { kind: 'c' },
      '.kind',
      'a or b',
    ],
  ])('refuses %s, by its place', (_, shape, value, path, expected) => expect(shape(value)).toEqual({ path, expected }));
});
