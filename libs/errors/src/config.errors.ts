import { CairnError } from './cairn-error.js';

/** Settings that are missing or wrong, all of them at once; values are never repeated, they may be secrets. */
export class InvalidSettings extends CairnError {
  readonly code = 'CAIRN_INVALID_SETTINGS';
  readonly disposition = 'retry';
  constructor(readonly problems: readonly string[]) {
    super(`wrong settings:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}
