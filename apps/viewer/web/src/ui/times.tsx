import { elapsed, formatAgo, formatDuration } from './time.js';
import { useNow } from './use-now.js';

export const Ago = ({ at }: Readonly<{ at: string }>) => {
  const now = useNow(30_000);
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {formatAgo(at, Math.max(now, Date.parse(at)))}
    </time>
  );
};

const Counting = ({ from }: Readonly<{ from: string }>) => {
  const now = useNow(1000);
  return <>{formatDuration(Math.floor((now - Date.parse(from)) / 1000) * 1000).replace('.0', '')}</>;
};

/** How long something took, or has taken so far. Nothing before it began. */
export const Took = ({ from, to }: Readonly<{ from: string | null; to: string | null }>) => {
  if (from === null) return null;
  return <span class="took">{to === null ? <Counting from={from} /> : formatDuration(elapsed(from, to, 0) ?? 0)}</span>;
};
