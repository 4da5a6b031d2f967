import { CHAIN_START } from '#events';
import { verifyStepLog } from './step-log.js';

describe('verifyStepLog', () => {
  const held = { lines: 10, bytes: 100, chain: 'a1' };

  it('takes a log whose lines, bytes and chain are those of the runner', () => {
    expect(verifyStepLog(held, { ...held })).toEqual({ complete: true });
  });

  it('takes a last line without newline, which the runner counts and the store does not', () => {
    expect(verifyStepLog(held, { ...held, lines: 11 })).toEqual({ complete: true });
  });

  it('takes a step that printed nothing', () => {
    const nothing = { lines: 0, bytes: 0, chain: CHAIN_START };
    expect(verifyStepLog(nothing, nothing)).toEqual({ complete: true });
  });

  it.each([
    [
      'the end is missing',
      { lines: 12, bytes: 130, chain: 'b2' },
      'bytes 100 to 129 of 130 are missing, from line 11 on: 10 of 12 lines are held',
    ],
    [
      'only the end of a line is missing',
      { lines: 10, bytes: 101, chain: 'b2' },
      'bytes 100 to 100 of 101 are missing, from line 11 on: 10 of 10 lines are held',
    ],
    [
      'there is too much',
      { lines: 9, bytes: 99, chain: 'b2' },
      '100 bytes are held, more than the 99 that the runner published',
    ],
    [
      'the bytes are others',
      { ...held, chain: 'b2' },
      '100 bytes are held, as many as the runner published, but not the same ones: their chain is a1 instead of b2',
    ],
  ])('says so when %s', (_, finished, missing) => {
    expect(verifyStepLog(held, finished)).toEqual({ complete: false, missing });
  });

  it('names all of a log of which nothing is held', () => {
    expect(verifyStepLog({ lines: 0, bytes: 0, chain: CHAIN_START }, held)).toEqual({
      complete: false,
      missing: 'bytes 0 to 99 of 100 are missing, from line 1 on: 0 of 10 lines are held',
    });
  });
});
