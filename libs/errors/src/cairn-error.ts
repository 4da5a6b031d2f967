/**
 * What a consumer does with the message whose handler threw:
 * `retry` negative acknowledgement with backoff · `drop` acknowledge and log · `abandon` send nothing, because somebody
 * else owns the message now · `dead` copy to `DEAD` and terminate.
 */
export type Disposition = 'retry' | 'drop' | 'abandon' | 'dead';

/** Every error of ours: a stable code (`docs/errors.md`), and what to do with the message that caused it. */
export abstract class CairnError extends Error {
  abstract readonly code: `CAIRN_${string}`;
  abstract readonly disposition: Disposition;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The text of anything that was thrown, with its causes, for a person to read. */
export const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${messageOf(error.cause)}`;
};
