import fc from 'fast-check';
import { fact, subjects, type GroupEvent } from '#events';
import { context, specify } from '#testing';
import { groupDecider, type GroupCommand } from './group.decider.js';

const given = specify(groupDecider);
const CONTEXT = context(subjects.group('gh-1', 'production'));

const acquire = (holder: string): GroupCommand => ({ ...CONTEXT, type: 'Acquire', holder });
const release = (holder: string): GroupCommand => ({ ...CONTEXT, type: 'Release', holder });
/** `line`: who holds the group after it, and who waits then; nobody holds it when that begins with a comma. */
const event = (type: GroupEvent['type'], holder: string, line: string): GroupEvent => {
  const [first = '', ...rest] = line.split(',');
  const group = { ...(first === '' ? {} : { holder: first }), waiting: rest.filter((name) => name !== '') };
  return fact(type, 1, CONTEXT, { holder, group }, holder);
};
const acquired = (holder: string, line = holder): GroupEvent => event('GroupAcquired', holder, line);
const waiting = (holder: string, line: string): GroupEvent => event('GroupWaiting', holder, line);
const released = (holder: string, line: string): GroupEvent => event('GroupReleased', holder, line);

describe('group decider', () => {
  it('lets one in and the others wait', () => {
    given().when(acquire('a')).then(acquired('a'));
    given(acquired('a')).when(acquire('b')).then(waiting('b', 'a,b'));
  });
  it('hears everybody once', () => {
    given(acquired('a')).when(acquire('a')).thenNothing();
    given(acquired('a'), waiting('b', 'a,b')).when(acquire('b')).thenNothing();
    given(acquired('a')).when(release('b')).thenNothing();
    given(acquired('a'), released('a', '')).when(release('a')).thenNothing();
  });
  it('is passed on in the order in which they asked', () =>
    given(acquired('a'), waiting('b', 'a,b'), waiting('c', 'a,b,c'))
      .when(release('a'))
      .then(released('a', ',b,c'), acquired('b', 'b,c')));
  it('forgets who stops waiting', () => {
    const three = [acquired('a'), waiting('b', 'a,b'), waiting('c', 'a,b,c')];
    given(...three)
      .when(release('b'))
      .then(released('b', 'a,c'));
    given(...three, released('b', 'a,c'))
      .when(release('a'))
      .then(released('a', ',c'), acquired('c'));
  });
  it('is passed on after a crash, and nobody comes in between', () => {
    const half = [acquired('a'), waiting('b', 'a,b'), released('a', ',b')];
    given(...half)
      .when(release('a'))
      .then(acquired('b'));
    given(...half)
      .when(acquire('c'))
      .then(acquired('b'), waiting('c', 'b,c'));
    given(...half)
      .when(acquire('b'))
      .then(acquired('b'));
    given(...half, waiting('c', ',b,c'))
      .when(release('b'))
      .then(acquired('b', 'b,c'), released('b', ',c'), acquired('c'));
  });
  it('is known from its last event, and from a recording whose events do not carry it', () => {
    const last = [waiting('c', 'a,b,c')].reduce(groupDecider.evolve, groupDecider.initialState());
    expect(last).toEqual({ holder: 'a', waiting: ['b', 'c'] });
    const old = [
      fact('GroupAcquired', 1, CONTEXT, { holder: 'a' }),
      fact('GroupWaiting', 1, CONTEXT, { holder: 'b' }),
      fact('GroupReleased', 1, CONTEXT, { holder: 'a' }),
    ] as const;
    expect(old.reduce(groupDecider.evolve, groupDecider.initialState())).toEqual({ waiting: ['b'] });
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
