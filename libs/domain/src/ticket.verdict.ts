import type { Ticket } from '#events';
import type { JobState } from './job.decider.js';

/**
 * What a runner does with a ticket it has drawn. `start`: take the job · `ack`: there is nothing to do ·
 * `mine`: this very process works on it already, the ticket came again because it was late · `wait`: another runner has
 * it and may live · `lose`: its runner is gone.
 */
export type TicketVerdict = 'start' | 'ack' | 'mine' | 'wait' | 'lose';

export type TicketContext = Readonly<{
  /** The ticket's sequence in `QUEUE`. */
  sequence: number;
  runner: string;
  epoch: string;
  /** The recorded runner has not been heard of for a full lease. */
  isRunnerGone: boolean;
}>;

/** The ticket is a hint, the job is the truth. */
export const ticketVerdict = (job: JobState, ticket: Ticket, context: TicketContext): TicketVerdict => {
  if (ticket.attempt > job.attempt) return 'start';
  if (ticket.attempt < job.attempt || job.status !== 'running') return 'ack';
  if (job.ticket !== context.sequence) return 'ack'; // a second ticket for the same attempt
  if (job.runner === context.runner) return job.epoch === context.epoch ? 'mine' : 'lose';
  return context.isRunnerGone ? 'lose' : 'wait';
};
