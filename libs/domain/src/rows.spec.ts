import fc from 'fast-check';
import { Rows } from './rows.js';

const lists = fc.array(fc.nat(3), { maxLength: 200 });
const changes = fc.array(fc.tuple(fc.nat(250), fc.nat(3)), { maxLength: 40 });

describe('rows', () => {
  it('are what a list is that is copied for each change, and earlier versions stay as they were', () => {
    fc.assert(
      fc.property(lists, fc.array(changes, { maxLength: 5 }), (list, versions) => {
        const known: [Rows<number>, number[]][] = [[Rows.of(list), list]];
        for (const wanted of versions) {
          const inside = new Map(wanted.filter(([place]) => place < list.length));
          const [rows, plain] = known.at(-1) ?? [Rows.of(list), list];
          known.push([rows.with(inside), plain.map((value, place) => inside.get(place) ?? value)]);
        }
        for (const [rows, plain] of known) {
          expect([...rows]).toEqual(plain);
          expect(rows.length).toBe(plain.length);
          for (let place = 0; place <= plain.length; place += 1) expect(rows.at(place)).toBe(plain[place]);
        }
      }),
    );
  });

  it('find the next place whose value fits', () => {
    fc.assert(
      fc.property(lists, fc.nat(210), (list, from) => {
        const place = list.findIndex((value, at) => at >= from && value === 0);
        expect(Rows.of(list).next(from, (value) => value === 0)).toBe(place < 0 ? undefined : place);
      }),
    );
  });
});
