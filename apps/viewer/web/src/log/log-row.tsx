import type { CSSProperties } from 'preact';
import { permalink } from '../routing/permalink.js';
import { formatClock, formatNumber } from '../ui/time.js';
import type { Span } from '#log-lines';
import { clip } from './clip.js';
import { paintOf } from './paint.js';
import { isGap, type LogLine, type LogRow } from './step-log.js';

/** A line of a megabyte must not freeze the page: the rest is in the raw log, and the row says so. */
const MAX_SHOWN = 5000;

const styleOf = (
  colour: string | undefined,
  background: string | undefined,
  tint: boolean,
): CSSProperties | undefined => {
  if (tint) return { '--tint': colour } as CSSProperties;
  return colour === undefined ? undefined : { color: colour, backgroundColor: background };
};

const Text = ({ text, style }: Span) => {
  const { classes, colour, background } = paintOf(style);
  if (!classes && !colour) return <>{text}</>;
  const tint = colour !== undefined && background === undefined;
  return (
    <span class={classes} style={styleOf(colour, background, tint)}>
      {text}
    </span>
  );
};

const LineText = ({ line, raw }: Readonly<{ line: LogLine; raw: string }>) => {
  const { spans, more } = clip(line.text, line.style, MAX_SHOWN);
  return (
    <span class="text">
      {spans.map((span, at) => (
        <Text key={at} {...span} />
      ))}
      {more > 0 && (
        <a class="more" href={raw} target="_blank" rel="noopener" tabIndex={-1}>
          … {formatNumber(more)} more characters in the raw log
        </a>
      )}
    </span>
  );
};

type Props = Readonly<{
  row: LogRow;
  step: number;
  /** The page's address without the fragment. */
  page: string;
  raw: string;
  marked: boolean;
  times: boolean;
}>;

export const LineRow = ({ row, step, page, raw, marked, times }: Props) => {
  if (isGap(row))
    return (
      <div class="line gap" role="listitem" data-testid="log-gap" data-step={step} data-line={row.n}>
        <span class="number" />
        <span class="text">
          {row.missing === 1
            ? `Line ${formatNumber(row.n)} is missing`
            : `Lines ${formatNumber(row.n)} to ${formatNumber(row.n + row.missing - 1)} are missing`}
        </span>
      </div>
    );
  return (
    <div
      class={marked ? 'line marked' : 'line'}
      role="listitem"
      data-testid="log-line"
      data-step={step}
      data-line={row.n}
    >
      <a
        class="number"
        href={`${page}${permalink({ step, line: row.n })}`}
        tabIndex={-1}
        aria-label={`Line ${row.n} of step ${step}`}
      >
        {row.n}
      </a>
      {times && (
        <time class="clock" dateTime={new Date(row.t).toISOString()}>
          {formatClock(row.t)}
        </time>
      )}
      <LineText line={row} raw={raw} />
    </div>
  );
};
