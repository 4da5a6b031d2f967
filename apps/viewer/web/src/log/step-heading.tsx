import { permalink } from '../routing/permalink.js';
import { Status } from '../ui/status.js';
import { count, formatNumber } from '../ui/time.js';
import { Took } from '../ui/times.js';
import { completenessOf, type Completeness, type StepBlock } from './log-model.js';

const amount = ({ received, total, missing }: Completeness): string => {
  if (total === null) return received === 0 ? '' : count(received, 'line', 'lines');
  const of = `${formatNumber(received)} of ${count(total, 'line', 'lines')}`;
  return missing > 0 ? `${of}, ${formatNumber(missing)} missing` : of;
};

type Props = Readonly<{ block: StepBlock; page: string; raw: string; marked: boolean; loading: boolean }>;

/** A step: its state, name, exit code, time, and how much of its log is here. */
export const StepHeading = ({ block, page, raw, marked, loading }: Props) => {
  const { info } = block;
  const complete = completenessOf(block);
  const gap = complete.missing > 0 && !loading;
  return (
    <div
      class={marked ? 'step marked' : 'step'}
      role="listitem"
      data-testid="step-heading"
      data-step={info.index}
      data-status={info.status}
    >
      <Status status={info.status} quiet />
      <a class="name" href={`${page}${permalink({ step: info.index })}`}>
        {info.name}
      </a>
      {info.cleanUp && <span class="muted">clean-up</span>}
      {info.exitCode !== null && info.exitCode !== 0 && <span class="exit">exit {info.exitCode}</span>}
      <span class="facts">
        {(info.status === 'running' || info.finishedAt) && (
          <Took from={info.startedAt ?? null} to={info.finishedAt ?? null} />
        )}
        <span class={gap ? 'lines gap' : 'lines'} data-testid="step-lines">
          {amount(gap ? complete : { ...complete, missing: 0 })}
        </span>
        {info.stored === false && <span class="lines gap">not stored whole</span>}
        {complete.received > 0 && (
          <a href={raw} target="_blank" rel="noopener">
            raw
          </a>
        )}
      </span>
    </div>
  );
};
