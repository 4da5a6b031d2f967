import { CairnError } from './cairn-error.js';

/** A service cannot listen where its settings say. */
export class PortInUse extends CairnError {
  readonly code = 'CAIRN_PORT_IN_USE';
  readonly disposition = 'retry';
  constructor(host: string, port: number, setting: string, options?: ErrorOptions) {
    super(`${host}:${port} is in use by another process; stop it, or set ${setting} to a free port`, options);
  }
}

/** A webhook that is not taken: nothing of it is stored. `status` is the answer's. */
export class WebhookRefused extends CairnError {
  readonly code = 'CAIRN_WEBHOOK_REFUSED';
  readonly disposition = 'drop';
  constructor(
    readonly status: 400 | 401,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(detail, options);
  }
}

/** The webhooks that are being received take up all the memory that is set aside for them. */
export class TooMuchAtOnce extends CairnError {
  readonly code = 'CAIRN_TOO_MUCH_AT_ONCE';
  readonly disposition = 'retry';
  constructor() {
    super('too many webhooks are being received at once; send it again later');
  }
}
