import { CairnError } from './cairn-error.js';

/** The forge refused a build's last status. What is wrong (rights, a token) can be repaired, so it is tried again later. */
export class StatusRefused extends CairnError {
  readonly code = 'CAIRN_STATUS_REFUSED';
  readonly disposition = 'retry';
  constructor(
    readonly buildId: string,
    readonly retryAfterMs: number,
    options?: ErrorOptions,
  ) {
    super(`the last status of build ${buildId} could not be set`, options);
  }
}
