import { randomBytes } from 'node:crypto';

/** The id of a place that is not there yet. */
export const newSlot = (): string => randomBytes(8).toString('hex');
