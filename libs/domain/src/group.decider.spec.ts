import fc from 'fast-check';
import { fact, subjects, type GroupEvent } from '#events';
import { context, specify } from '#testing';
import { groupDecider, type GroupCommand } from './group.decider.js';

const given = specify(groupDecider);
const CONTEXT = context(subjects.group('gh-1', 'production'));

const acquire = (holder: string): GroupCommand => ({ ...CONTEXT, type: 'Acquire', holder });
const release = (holder: string): GroupCommand => ({ ...CONTEXT, type: 'Release', holder });
const acquired = (holder: string): GroupEvent => fact('GroupAcquired', 1, CONTEXT, { holder }, holder);
const waiting = (holder: string): GroupEvent => fact('GroupWaiting', 1, CONTEXT, { holder }, holder);
const released = (holder: string): GroupEvent => fact('GroupReleased', 1, CONTEXT, { holder }, holder);

describe('group decider', () => {
  it('lets one in and the others wait', () => {
    given().when(acquire('a')).then(acquired('a'));
    given(acquired('a')).when(acquire('b')).then(waiting('b'));
  });
  it('hears everybody once', () => {
    given(acquired('a')).when(acquire('a')).thenNothing();
    given(acquired('a'), waiting('b')).when(acquire('b')).thenNothing();
    given(acquired('a')).when(release('b')).thenNothing();
    given(acquired('a'), released('a')).when(release('a')).thenNothing();
  });
  it('is passed on in the order in which they asked', () =>
    given(acquired('a'), waiting('b'), waiting('c')).when(release('a')).then(released('a'), acquired('b')));
  it('forgets who stops waiting', () => {
    given(acquired('a'), waiting('b'), waiting('c')).when(release('b')).then(released('b'));
    given(acquired('a'), waiting('b'), waiting('c'), released('b'))
      .when(release('a'))
      .then(released('a'), acquired('c'));
  });
  it('is passed on after a crash, and nobody comes in between', () => {
    const half = [acquired('a'), waiting('b'), released('a')];
    given(...half)
      .when(release('a'))
      .then(acquired('b'));
    given(...half)
      .when(acquire('c'))
      .then(acquired('b'), waiting('c'));
    given(...half)
      .when(acquire('b'))
      .then(acquired('b'));
    given(...half, waiting('c'))
      .when(release('b'))
      .then(acquired('b'), released('b'), acquired('c'));
  });

  it('has one holder at a time, first come first served, whatever crashes between two writes', () => {
    const steps = fc.array(
      fc.record({ release: fc.boolean(), who: fc.nat(4), crash: fc.option(fc.nat(2), { nil: undefined }) }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (script) => {
        let state = groupDecider.initialState();
        let line: string[] = []; // who asked, in order, and has not left; the first holds the group
        for (const { release: leaves, who, crash } of script) {
          const name = `build-${who}`;
          const command = leaves ? release(name) : acquire(name);
          const events = groupDecider.decide(state, command);
          const written = events.slice(0, crash ?? events.length);
          for (const event of written) {
            const { holder } = event.data;
            if (event.type === 'GroupReleased') line = line.filter((other) => other !== holder);
            else if (!line.includes(holder)) line = [...line, holder];
            if (event.type === 'GroupAcquired') {
              expect(state.holder).toBeUndefined();
              expect(line[0]).toBe(holder);
            }
            state = groupDecider.evolve(state, event);
          }
          if (written.length === events.length) expect(state.holder).toBe(line[0]);
          expect([...(state.holder === undefined ? [] : [state.holder]), ...state.waiting]).toEqual(line);
        }
      }),
      { numRuns: 500 },
    );
  });
});
