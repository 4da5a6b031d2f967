import type { RunnerView } from '#domain';
import { Status } from '../ui/status.js';

const statusOf = ({ trouble, running, slots }: RunnerView): string => {
  if (trouble === 'stopping') return 'stopping';
  if (trouble !== null) return 'stuck';
  return running >= slots ? 'busy' : 'free';
};

/** A runner with what it serves, and what keeps it from taking jobs. */
export const RunnerRow = ({ runner }: Readonly<{ runner: RunnerView }>) => (
  <li class="row" data-testid="runner-row" data-runner={runner.id} data-trouble={runner.trouble ?? undefined}>
    <Status status={statusOf(runner)} />
    <div class="main">
      <div class="title">{runner.id}</div>
      {runner.note !== null && <p class="reason">{runner.note}</p>}
      <div class="facts muted">
        <span>
          {runner.pools.length === 1 ? 'pool' : 'pools'} {runner.pools.join(', ') || 'none'}
        </span>
      </div>
    </div>
    <div class="when muted">
      <span>
        {runner.running} of {runner.slots} {runner.slots === 1 ? 'slot' : 'slots'} taken
      </span>
    </div>
  </li>
);
