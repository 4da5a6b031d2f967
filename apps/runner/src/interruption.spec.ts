import { AttemptSuperseded, SandboxDetached } from '#errors';
import { Interruption } from './interruption.js';

const FENCED = new AttemptSuperseded('test', 1);

describe('an interruption', () => {
  let interruption: Interruption;
  let graces: number[];
  const stop = (graceMs: number): void => void graces.push(graceMs);
  beforeEach(() => {
    graces = [];
    interruption = new Interruption({ graceMs: 10, cleanUpMs: 60_000 });
  });
  afterEach(() => interruption.close());

  it('has the first reason, but a fence goes before all others', () => {
    interruption.raise('cancelled', FENCED);
    interruption.raise('timeout', FENCED);
    expect(interruption.reason).toBe('cancelled');
    expect(interruption.fence.aborted).toBe(false);
    interruption.raise('fenced', FENCED);
    interruption.raise('cancelled', FENCED);
    expect([interruption.reason, interruption.fence.reason]).toEqual(['fenced', FENCED]);
  });

  it('ends what runs, and what began before and is known only now', () => {
    interruption.watch(stop, false);
    interruption.raise('cancelled', FENCED);
    interruption.watch(stop, false);
    expect(graces).toEqual([10, 10]);
  });

  it('lets the clean-up go on after a cancellation or a timeout, until it is fenced', () => {
    interruption.raise('timeout', FENCED);
    expect(interruption.allowsCleanUp).toBe(true);
    interruption.watch(stop, true);
    expect(graces).toEqual([]);
    interruption.raise('fenced', FENCED);
    expect(graces).toEqual([0]);
    expect(interruption.allowsCleanUp).toBe(false);
  });

  it('lets what runs go on when the job is left, whatever it was told before, and nothing more is said', () => {
    const left = new SandboxDetached('this process has let go of the job');
    interruption.watch(stop, false);
    interruption.raise('left', left);
    interruption.watch(stop, false);
    interruption.raise('fenced', FENCED);
    expect([graces, interruption.reason, interruption.fence.reason]).toEqual([[], 'left', left]);
  });

  it('lets a cancelled job be left: who takes it over cancels it again', () => {
    interruption.raise('cancelled', FENCED);
    interruption.raise('left', FENCED);
    expect([interruption.reason, interruption.fence.aborted]).toEqual(['left', true]);
  });

  it.each(['handed-back', 'left', 'fenced'] as const)('allows no clean-up when the job is %s', (reason) => {
    interruption.raise(reason, FENCED);
    expect(interruption.allowsCleanUp).toBe(false);
  });

  it('ends a clean-up that takes too long, and allows no other', async () => {
    interruption = new Interruption({ graceMs: 10, cleanUpMs: 1 });
    interruption.raise('cancelled', FENCED);
    await new Promise<void>((resolve) =>
      interruption.watch((graceMs) => {
        stop(graceMs);
        resolve();
      }, true),
    );
    expect([graces, interruption.allowsCleanUp]).toEqual([[0], false]);
  });

  it('says why what runs is ended', async () => {
    interruption = new Interruption({ graceMs: 10, cleanUpMs: 1 });
    const reasons: string[] = [];
    const note = (_: number, reason: string): void => void reasons.push(reason);
    interruption.watch(note, false);
    interruption.raise('cancelled', FENCED);
    await new Promise<void>((resolve) =>
      interruption.watch((graceMs, reason) => {
        note(graceMs, reason);
        resolve();
      }, true),
    );
    interruption.watch(note, true);
    interruption.raise('fenced', FENCED);
    expect(reasons).toEqual(['cancelled', 'clean-up-timeout', 'clean-up-timeout', 'fenced']);
  });

  it('breaks off ordinary work once, and says so before', async () => {
    const seen: string[] = [];
    const work = interruption.during(
      (signal) =>
        new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => {
            seen.push('aborted');
            resolve();
          }),
        ),
      (reason) => seen.push(reason),
    );
    interruption.raise('cancelled', FENCED);
    interruption.raise('fenced', FENCED);
    await work;
    expect(seen).toEqual(['cancelled', 'aborted']);
  });
});
