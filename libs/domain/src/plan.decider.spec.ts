import { BuildNotRequested, CommandRefused } from '#errors';
import type { PlanEvent } from '#events';
import {
  INFRASTRUCTURE,
  SHA,
  cancelled,
  finished,
  forkTrigger,
  plannedJob,
  planOf,
  planOfJobs,
  planned,
  queued,
  requestOf,
  requested,
  settled,
  skipped,
  specify,
} from '#testing';
import {
  CONTEXT,
  again,
  ended,
  failed,
  passed,
  plan as planWith,
  queue,
  settle,
  stateAfter,
} from './plan.commands.builder.js';
import { planDecider, type PlanCommand } from './plan.decider.js';
import { readyJobs } from './plan.survey.js';

const given = specify(planDecider);
const REJECTION = [{ severity: 'error' as const, message: 'no jobs', line: 1, column: 1 }];

const request = (supersededBy?: string): PlanCommand => ({
  ...CONTEXT,
  type: 'RequestBuild',
  request: requestOf(),
  ...(supersededBy === undefined ? {} : { supersededBy }),
});
const plan = (wanted = planOf(['test'])): PlanCommand => planWith(wanted);
const reject: PlanCommand = { ...CONTEXT, type: 'RejectBuild', diagnostics: REJECTION };
const cancel: PlanCommand = { ...CONTEXT, type: 'CancelBuild', reason: 'user', by: 'ada' };
const approve = (sha = SHA, cause = 'approval'): PlanCommand => ({ ...CONTEXT, cause, type: 'ApproveBuild', sha });

const lost = (jobId: string, attempt = 1) => ({ jobId, attempt, outcome: 'lost' as const, failure: INFRASTRUCTURE });

const awaiting = { type: 'BuildAwaitingApproval' as const, data: { sha: SHA, reason: 'fork' as const } };
const approved = { type: 'BuildApproved' as const, data: { sha: SHA } };
/** As an event that was really taken from the decider: with its cause. */
const decided = (past: readonly PlanEvent[], command: PlanCommand) => [
  ...past,
  ...planDecider.decide(stateAfter(...past), command),
];

describe('plan decider', () => {
  describe('request', () => {
    it('is written once', () => {
      given().when(request()).then(requested());
      given(requested()).when(request()).thenNothing();
    });
    it('of a push that was overtaken ends at once', () =>
      given()
        .when(request('newer'))
        .then(
          requested(undefined, { supersededBy: 'newer' }),
          cancelled({ reason: 'superseded', by: 'newer' }),
          finished('cancelled'),
        ));
    it('of a pull request that was closed first says so', () =>
      given()
        .when(request(''))
        .then(requested(undefined, { supersededBy: '' }), cancelled({ reason: 'closed' }), finished('cancelled')));
    it('of an overtaken push never runs, even if a crash came before the cancellation', () => {
      const half = requested(undefined, { supersededBy: 'newer' });
      const end = [cancelled({ reason: 'superseded', by: 'newer' }), finished('cancelled')];
      given(half)
        .when(plan())
        .then(...end);
      given(half)
        .when(request('newer'))
        .then(...end);
      given(half, ...end)
        .when(request('newer'))
        .thenNothing();
    });
  });

  describe('plan', () => {
    it('is taken once', () => {
      given(requested())
        .when(plan())
        .then(planned(planOf(['test'])));
      given(requested(), planned(planOf(['test'])))
        .when(plan(planOf(['other'])))
        .thenNothing();
    });
    it('without jobs has passed', () =>
      given(requested()).when(plan(planOf())).then(planned(planOf()), finished('passed')));
    it('is not taken before the request, after a cancellation or after a rejection', () => {
      given().when(plan()).thenNothing();
      given(requested(), cancelled(), finished('cancelled')).when(plan()).thenNothing();
      given(...decided([requested()], reject))
        .when(plan())
        .thenNothing();
    });
    it('is rejected once, and never after it was taken', () => {
      given(requested())
        .when(reject)
        .then({ type: 'BuildRejected', data: { diagnostics: REJECTION } });
      given(...decided([requested()], reject))
        .when(reject)
        .thenNothing();
      given(requested(), planned(planOf(['test'])))
        .when(reject)
        .thenNothing();
    });
  });

  describe('approval of a fork', () => {
    const fork = requested(forkTrigger());
    const gated = decided([fork], plan());

    it('is asked for before the plan', () =>
      given(fork)
        .when(plan())
        .then(awaiting, planned(planOf(['test']))));
    it('is asked for once, though a crash came before the plan', () => {
      given(...gated.slice(0, 2))
        .when(plan())
        .then(planned(planOf(['test'])));
      const approvedEarly = decided(gated.slice(0, 2), approve());
      given(...approvedEarly)
        .when(plan())
        .then(planned(planOf(['test'])));
    });
    it('comes before any job', () => {
      expect(readyJobs(stateAfter(...gated))).toEqual([]);
      given(...gated)
        .when(queue('test'))
        .thenNothing();
      given(...decided(gated, approve()))
        .when(queue('test'))
        .then(queued(['test', 1]));
    });
    it('binds the commit', () => {
      given(...gated)
        .when(approve())
        .then(approved);
      given(...gated)
        .when(approve('f'.repeat(40)))
        .thenThrows(CommandRefused);
    });
    it('is given once, and the answer may be asked for again', () => {
      const open = decided(gated, approve());
      given(...open)
        .when(approve())
        .thenNothing();
      given(...open)
        .when(approve(SHA, 'another'))
        .thenThrows(CommandRefused);
    });
    it('is refused where none is waited for', () => {
      given().when(approve()).thenThrows(CommandRefused);
      given(requested(), planned(planOf(['test'])))
        .when(approve())
        .thenThrows(CommandRefused);
      given(...decided(gated, cancel))
        .when(approve())
        .thenThrows(CommandRefused);
    });
    it('is not needed to cancel', () =>
      given(...gated)
        .when(cancel)
        .then(
          cancelled({ reason: 'user', by: 'ada' }),
          skipped({ jobId: 'test', reason: 'cancelled' }),
          finished('cancelled'),
        ));
  });

  describe('queue', () => {
    const start = [requested(), planned(planOf(['lint'], ['test', 'lint'], ['constructor']))];

    it('takes only jobs whose needs have passed', () => {
      given(...start)
        .when(queue('lint', 'test', 'constructor', 'unknown'))
        .then(queued(['lint', 1], ['constructor', 1]));
      given(...start, queued(['lint', 1]), settled(ended(passed('lint'))))
        .when(queue('test'))
        .then(queued(['test', 1]));
    });
    it('takes each once', () =>
      given(...start, queued(['lint', 1]))
        .when(queue('lint'))
        .thenNothing());
    it('takes none after a cancellation or the end', () => {
      given(...start, cancelled())
        .when(queue('lint'))
        .then(
          skipped(
            { jobId: 'lint', reason: 'cancelled' },
            { jobId: 'test', reason: 'cancelled' },
            { jobId: 'constructor', reason: 'cancelled' },
          ),
          finished('cancelled'),
        );
      given(...decided(start, cancel))
        .when(queue('lint'))
        .thenNothing();
    });
  });

  describe('settle', () => {
    const running = [requested(), planned(planOf(['lint'], ['test', 'lint'], ['deploy', 'test'])), queued(['lint', 1])];

    it('skips all that needs a failure, however far, and ends', () =>
      given(...running)
        .when(settle(failed('lint')))
        .then(
          settled(ended(failed('lint'))),
          skipped(
            { jobId: 'test', reason: 'need', because: 'lint' },
            { jobId: 'deploy', reason: 'need', because: 'test' },
          ),
          finished('failed'),
        ));
    it('goes on where a crash broke off, whatever comes next', () => {
      const after = [
        skipped(
          { jobId: 'test', reason: 'need', because: 'lint' },
          { jobId: 'deploy', reason: 'need', because: 'test' },
        ),
        finished('failed'),
      ];
      const half = [...running, settled(ended(failed('lint')))];
      given(...half)
        .when(settle(failed('lint')))
        .then(...after);
      given(...half)
        .when(cancel)
        .then(...after);
      given(...half)
        .when(queue())
        .then(...after);
    });
    it('hears each attempt once, and of the current one only', () => {
      given(...running)
        .when(settle(passed('lint', 2)))
        .thenNothing();
      given(...running)
        .when(settle(passed('test')))
        .thenNothing();
      given(...running)
        .when(settle(passed('lint'), failed('lint')))
        .then(settled(ended(passed('lint'))));
    });
    it('tries again what the runner or the engine spoilt, as often as the rule allows', () => {
      const one = [requested(), planned(planOfJobs([plannedJob('test', [], { infrastructureRetries: 1 })]))];
      const second = [...one, queued(['test', 1]), settled(again(lost('test'))), queued(['test', 2])];
      given(...one, queued(['test', 1]))
        .when(settle(lost('test')))
        .then(settled(again(lost('test'))));
      given(...second)
        .when(settle({ ...lost('test', 2), outcome: 'failed' }))
        .then(settled(ended({ ...lost('test', 2), outcome: 'failed' as const })), finished('failed'));
      given(...second)
        .when(settle(lost('test', 1)))
        .thenNothing();
      given(...second)
        .when(settle(passed('test', 2)))
        .then(settled(ended(passed('test', 2))), finished('passed'));
    });
    it('does not try again what failed by itself', () =>
      given(requested(), planned(planOf(['test'])), queued(['test', 1]))
        .when(settle(failed('test')))
        .then(settled(ended(failed('test'))), finished('failed')));
    it('does not try again after a cancellation: a lost attempt was cancelled', () =>
      given(requested(), planned(planOf(['test'])), queued(['test', 1]), cancelled())
        .when(settle(lost('test')))
        .then(settled(ended({ ...lost('test'), outcome: 'cancelled' as const })), finished('cancelled')));
    it('does not call a build passed of which a job was cancelled', () =>
      given(requested(), planned(planOf(['a'], ['b', 'a'])), queued(['a', 1]))
        .when(settle({ jobId: 'a', attempt: 1, outcome: 'cancelled' }))
        .then(
          settled(ended({ jobId: 'a', attempt: 1, outcome: 'cancelled' as const })),
          skipped({ jobId: 'b', reason: 'need', because: 'a' }),
          finished('cancelled'),
        ));
    it('does not wait for ever for a job that is not there, or that needs itself', () =>
      given(requested(), planned(planOf(['a'], ['b', 'missing'], ['c', 'd'], ['d', 'c'])), queued(['a', 1]))
        .when(settle(passed('a')))
        .then(
          skipped(
            { jobId: 'b', reason: 'need', because: 'missing' },
            { jobId: 'c', reason: 'need', because: 'd' },
            { jobId: 'd', reason: 'need', because: 'c' },
          ),
          settled(ended(passed('a'))),
          finished('failed'),
        ));
  });

  describe('cancel', () => {
    it('ends what has not begun and waits for what has', () => {
      const running = [requested(), planned(planOf(['a'], ['b', 'a'])), queued(['a', 1])];
      given(...running)
        .when(cancel)
        .then(cancelled({ reason: 'user', by: 'ada' }), skipped({ jobId: 'b', reason: 'cancelled' }));
      given(...decided(running, cancel))
        .when(settle({ jobId: 'a', attempt: 1, outcome: 'cancelled' }))
        .then(settled(ended({ jobId: 'a', attempt: 1, outcome: 'cancelled' as const })), finished('cancelled'));
    });
    it('ends a build that is not planned yet', () =>
      given(requested())
        .when(cancel)
        .then(cancelled({ reason: 'user', by: 'ada' }), finished('cancelled')));
    it('leaves nothing ready, even if a crash kept the rest from being written', () =>
      expect(readyJobs(stateAfter(...[requested(), planned(planOf(['a'])), cancelled()]))).toEqual([]));
    it('is heard once, and not after the end', () => {
      given(requested(), planned(planOf(['a'])), queued(['a', 1]), cancelled())
        .when(cancel)
        .thenNothing();
      given(requested(), planned(planOf()), finished('passed')).when(cancel).thenNothing();
    });
    it('does not undo an end that a crash kept from being written', () =>
      given(requested(), planned(planOf(['a'])), queued(['a', 1]), settled(ended(passed('a'))))
        .when(cancel)
        .then(finished('passed')));
    it('of a build whose request is still on its way comes again', () =>
      given().when(cancel).thenThrows(BuildNotRequested));
  });
});
