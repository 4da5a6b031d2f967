const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (value: number): string => String(value).padStart(2, '0');

/** `0.4 s`, `12 s`, `3 min 05 s`, `2 h 07 min`. */
export const formatDuration = (ms: number): string => {
  const time = Math.max(0, ms);
  if (time < 9950) return `${(time / SECOND).toFixed(1)} s`;
  const seconds = Math.round(time / SECOND);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
};

/** Milliseconds between two moments, the later one being `now` while it has not come; null before the first. */
export const elapsed = (from: string | null, to: string | null, now: number): number | null =>
  from === null ? null : (to === null ? now : Date.parse(to)) - Date.parse(from);

/** `just now`, `5 min ago`, `3 h ago`, `2 d ago`, then the date. */
export const formatAgo = (at: string, now: number): string => {
  const age = now - Date.parse(at);
  if (age < MINUTE) return 'just now';
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min ago`;
  if (age < DAY) return `${Math.floor(age / HOUR)} h ago`;
  if (age < 14 * DAY) return `${Math.floor(age / DAY)} d ago`;
  return at.slice(0, 10);
};

/** Local time of day to the millisecond, `09:05:01.250`. */
export const formatClock = (ms: number): string => {
  const at = new Date(ms);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
};

const NUMBER = new Intl.NumberFormat('en');
export const formatNumber = (value: number): string => NUMBER.format(value);
export const count = (value: number, one: string, several: string): string =>
  `${formatNumber(value)} ${value === 1 ? one : several}`;
