import type { StepFinished } from '#events';
import type { StoredLog } from '#log-store';

/** `missing` says in words what is wrong with the log that is held, to be shown to people where it ends. */
export type StepLogVerdict = Readonly<{ complete: true } | { complete: false; missing: string }>;

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** Compares what the store holds of a step's log with what its runner published. */
export const verifyStepLog = (
  stored: StoredLog,
  { lines, bytes, chain }: Pick<StepFinished['data'], 'lines' | 'bytes' | 'chain'>,
): StepLogVerdict => {
  const missing = (text: string): StepLogVerdict => ({ complete: false, missing: text });
  if (stored.bytes < bytes)
    return missing(
      `bytes ${stored.bytes} to ${bytes - 1} of ${bytes} are missing, from line ${stored.lines + 1} on: ` +
        `${stored.lines} of ${counted(lines, 'line')} are held`,
    );
  if (stored.bytes > bytes)
    return missing(`${counted(stored.bytes, 'byte')} are held, more than the ${bytes} that the runner published`);
  // Equal chains prove equal bytes. Lines are not compared: the store counts newlines, the runner a last line without one too.
  const all = `${counted(bytes, 'byte')} are held, as many as the runner published, but`;
  if (stored.chain !== chain)
    return missing(
      `${all} not the same ones: their chain is ${stored.chain || 'empty'} instead of ${chain || 'empty'}`,
    );
  return { complete: true };
};
