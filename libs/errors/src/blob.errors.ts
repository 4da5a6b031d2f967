import { CairnError } from './cairn-error.js';

/** The store of artifacts or caches does not answer, or broke off. */
export class BlobStoreUnavailable extends CairnError {
  readonly code = 'CAIRN_BLOB_STORE_UNAVAILABLE';
  readonly disposition = 'retry';
  constructor(detail: string, options?: ErrorOptions) {
    super(`the store of artifacts and caches is not available: ${detail}`, options);
  }
}

/** The store of artifacts or caches takes nothing more. */
export class BlobStoreFull extends CairnError {
  readonly code = 'CAIRN_BLOB_STORE_FULL';
  readonly disposition = 'drop';
  constructor(where: string, options?: ErrorOptions) {
    super(`${where} is full: its ceiling of bytes is reached`, options);
  }
}

/** A blob is larger than its writer allowed for; nothing of it is kept. */
export class BlobTooLarge extends CairnError {
  readonly code = 'CAIRN_BLOB_TOO_LARGE';
  readonly disposition = 'drop';
  constructor(
    readonly key: string,
    readonly maxBytes: number,
  ) {
    super(`${key} has more than ${maxBytes} bytes`);
  }
}

/** A blob is not there: it was never stored, or its time is over, or what is stored in its place is not what was written. */
export class BlobGone extends CairnError {
  readonly code = 'CAIRN_BLOB_GONE';
  readonly disposition = 'drop';
  constructor(
    readonly key: string,
    detail = 'is not stored',
    options?: ErrorOptions,
  ) {
    super(`${key} ${detail}`, options);
  }
}
