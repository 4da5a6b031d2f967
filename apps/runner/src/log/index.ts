export { type LogPosition, type LogTotals, resumeAfter, totalsAt } from './log-position.js';
export { type PumpOptions, pumpLog } from './log-pipe.js';
