import { readFileSync } from 'node:fs';

export const now = () => performance.now();

/** Median, smallest and largest of some milliseconds. */
export const spread = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)], min: sorted[0], max: sorted.at(-1) };
};

export const times = async (count, measure) => {
  const values = [];
  for (let n = 0; n < count; n += 1) values.push(await measure(n));
  return spread(values);
};

const round = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));

/** One line: what, how much, the floor, and the ratio between them. */
export const report = (what, figure, floor, unit = 'ms') => {
  const show = (value) =>
    typeof value === 'number' ? round(value) : `${round(value.median)} (${round(value.min)}–${round(value.max)})`;
  const plain = (value) => (typeof value === 'number' ? value : value.median);
  const beside = floor
    ? `   floor: ${floor.what} ${show(floor.value)} ${unit}, ratio ${(plain(figure) / plain(floor.value)).toFixed(2)}`
    : '';
  process.stdout.write(`${what.padEnd(58)} ${show(figure).padStart(18)} ${unit}${beside}\n`);
};

/** Proportional set size in MiB: memory shared between processes counts once. */
export const pssMiB = (pid) => {
  const kib = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  return Number(kib ?? 0) / 1024;
};
