import { CairnError } from './cairn-error.js';

/** The command line cannot be understood. */
export class WrongUse extends CairnError {
  readonly code = 'CAIRN_WRONG_USE';
  readonly disposition = 'drop';
}

/** The server cannot be reached, or says no. */
export class ServerRefused extends CairnError {
  readonly code = 'CAIRN_SERVER_REFUSED';
  readonly disposition = 'drop';
}

/** The file that holds the build spec is not there, or cannot be read. */
export class SpecUnreadable extends CairnError {
  readonly code = 'CAIRN_UNREADABLE_SPEC';
  readonly disposition = 'drop';
  constructor(file: string, options?: ErrorOptions) {
    super(`${file} cannot be read`, options);
  }
}
