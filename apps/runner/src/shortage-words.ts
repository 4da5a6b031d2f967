import type { Shortage } from './executor/index.js';

/** Why something ended, for people. */
export const SHORTAGE_WORDS: Record<Shortage, string> = {
  memory: 'its memory was used up',
  processes: 'it had as many processes as it may have',
  disk: 'the disk is full',
};
