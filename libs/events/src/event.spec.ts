import fc from 'fast-check';
import { SYSTEM, fact, sha256, type CommandContext } from './event.js';

const CONTEXT: CommandContext = { subject: 'repo.gh-1', at: '2026-01-01T00:00:00.000Z', cause: 'x', actor: SYSTEM };

describe('fact', () => {
  it('carries what the command brought', () =>
    expect(fact('RepoEnabled', 1, CONTEXT, { a: 1 })).toMatchObject({
      type: 'RepoEnabled',
      v: 1,
      at: CONTEXT.at,
      cause: 'x',
      actor: SYSTEM,
      data: { a: 1 },
    }));

  it('has one id for one decision, whenever it is taken', () =>
    expect(fact('A', 1, { ...CONTEXT, at: '2027-01-01T00:00:00.000Z' }, { a: 2 }, 1).id).toBe(
      fact('A', 1, CONTEXT, { a: 1 }, 1).id,
    ));

  it('has another id for another cause, subject, type or discriminator, however their texts run together', () => {
    const parts = fc.tuple(fc.string(), fc.string(), fc.string(), fc.oneof(fc.string(), fc.nat()));
    const idOf = ([cause, subject, type, discriminator]: [string, string, string, string | number]): string =>
      fact(type, 1, { ...CONTEXT, cause, subject }, {}, discriminator).id;
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(idOf(a) === idOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
    expect(idOf(['a', 'bc', 'd', ''])).not.toBe(idOf(['ab', 'c', 'd', '']));
  });

  it('survives JSON unchanged', () => {
    const event = fact('A', 1, CONTEXT, { text: 'ä\u0000"' });
    expect(JSON.parse(JSON.stringify(event))).toEqual(event);
  });
});

describe('sha256', () => {
  it('is the known one', () =>
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'));
});
