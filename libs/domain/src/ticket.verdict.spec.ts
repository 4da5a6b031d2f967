import { BUILD_ID, jobAdopted, jobFinished, jobLost, jobStarted } from '#testing';
import type { JobEvent } from '#events';
import { jobDecider } from './job.decider.js';
import { ticketVerdict, type TicketContext, type TicketVerdict } from './ticket.verdict.js';

const TICKET = 101; // the sequence that `jobStarted(1)` records

const verdict = (past: readonly JobEvent[], attempt: number, change: Partial<TicketContext> = {}): TicketVerdict =>
  ticketVerdict(
    past.reduce(jobDecider.evolve, jobDecider.initialState()),
    { buildId: BUILD_ID, jobId: 'test', attempt },
    { sequence: TICKET, runner: 'runner-b', epoch: 'epoch-b', isRunnerGone: false, ...change },
  );

describe('what a runner does with a ticket', () => {
  it('takes a job that nobody has begun, and the attempt after a lost one', () => {
    expect(verdict([], 1)).toBe('start');
    expect(verdict([jobStarted(1), jobLost(1)], 2)).toBe('start');
    expect(verdict([jobStarted(1), jobFinished(1, 'failed')], 2)).toBe('start');
  });

  it('has nothing to do for an attempt that ended, was lost, withdrawn or followed by another', () => {
    expect(verdict([jobStarted(1), jobFinished(1)], 1)).toBe('ack');
    expect(verdict([jobStarted(1), jobLost(1)], 1)).toBe('ack');
    expect(verdict([jobFinished(1, 'cancelled')], 1)).toBe('ack');
    expect(verdict([jobStarted(1), jobLost(1), jobStarted(2)], 1, { isRunnerGone: true })).toBe('ack');
  });

  it('acknowledges a second ticket of a running attempt, even if its runner is gone: the first will tell', () => {
    expect(verdict([jobStarted(1)], 1, { sequence: 202 })).toBe('ack');
    expect(verdict([jobStarted(1)], 1, { sequence: 202, isRunnerGone: true })).toBe('ack');
  });

  it('waits for another runner until that is gone', () => {
    expect(verdict([jobStarted(1)], 1)).toBe('wait');
    expect(verdict([jobStarted(1)], 1, { isRunnerGone: true })).toBe('lose');
  });

  it('knows its own work, and what a process before it could not take over', () => {
    expect(verdict([jobStarted(1)], 1, { runner: 'runner-a', epoch: 'epoch-1' })).toBe('mine');
    expect(verdict([jobStarted(1)], 1, { runner: 'runner-a', epoch: 'epoch-2' })).toBe('lose');
    expect(verdict([jobStarted(1), jobAdopted(1, 'epoch-2')], 1, { runner: 'runner-a', epoch: 'epoch-2' })).toBe(
      'mine',
    );
  });
});
