import { CairnError } from './cairn-error.js';

/** A chunk does not continue what the log store holds. */
export class LogGap extends CairnError {
  readonly code = 'CAIRN_LOG_GAP';
  readonly disposition = 'dead';
  constructor(
    readonly log: string,
    readonly heldBytes: number,
    readonly offset: number,
    detail: string,
  ) {
    super(`log ${log}: ${heldBytes} bytes are held, the next chunk begins at ${offset}: ${detail}`);
  }
}

/** The log store cannot read or write now. */
export class LogStoreUnavailable extends CairnError {
  readonly code = 'CAIRN_LOG_STORE_UNAVAILABLE';
  readonly disposition = 'retry';
  constructor(detail: string, options?: ErrorOptions) {
    super(`the log store is not available: ${detail}`, options);
  }
}

/** An adopted step's output is shorter than what was published of it before. */
export class OutputLost extends CairnError {
  readonly code = 'CAIRN_OUTPUT_LOST';
  readonly disposition = 'retry';
  constructor(
    readonly publishedBytes: number,
    readonly foundBytes: number,
  ) {
    super(`${publishedBytes} bytes of the step's output were published before, only ${foundBytes} are found now`);
  }
}

/** The log store does not hold the whole of a finished step yet: chunks are still on their way. */
export class LogNotYetStored extends CairnError {
  readonly code = 'CAIRN_LOG_NOT_YET_STORED';
  readonly disposition = 'retry';
  constructor(log: string, detail: string) {
    super(`log ${log} is not whole yet: ${detail}`);
  }
}

/** What is to be looked for in logs cannot be looked for. */
export class UnusableQuery extends CairnError {
  readonly code = 'CAIRN_UNUSABLE_QUERY';
  readonly disposition = 'drop';
  constructor(detail: string) {
    super(`the search: ${detail}`);
  }
}
