import type { EndingView } from '#domain';
import { formatClock } from '../ui/time.js';

type Props = Readonly<{ ending: readonly EndingView[]; running: boolean }>;

/** What is being done to end a job, or was: each thing with its time, the newest last. */
export const EndingList = ({ ending, running }: Props) => {
  if (ending.length === 0) return null;
  return (
    <section class="ending" aria-label={running ? 'It is being ended' : 'How it was ended'} data-testid="ending">
      <ol aria-live="polite">
        {ending.map(({ phase, detail, at }, index) => (
          <li key={index} data-phase={phase} aria-current={running && index === ending.length - 1 ? 'step' : undefined}>
            <time class="muted" dateTime={at} title={new Date(at).toLocaleString()}>
              {formatClock(Date.parse(at))}
            </time>
            <span>{detail}</span>
          </li>
        ))}
      </ol>
    </section>
  );
};
