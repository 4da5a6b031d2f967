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
