import { CairnError } from './cairn-error.js';

/** Somebody else wrote to the aggregate first: load and decide again. */
export class AppendConflict extends CairnError {
  readonly code = 'CAIRN_APPEND_CONFLICT';
  readonly disposition = 'retry';
  constructor(
    readonly subject: string,
    readonly expectedRevision: number,
    options?: ErrorOptions,
  ) {
    super(`${subject} is no longer at revision ${expectedRevision}`, options);
  }
}

/** A stored message is not an event that this version can read. */
export class UndecodableEvent extends CairnError {
  readonly code = 'CAIRN_UNDECODABLE_EVENT';
  readonly disposition = 'dead';
  constructor(
    readonly subject: string,
    readonly sequence: number,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`message ${sequence} on ${subject} cannot be read: ${detail}`, options);
  }
}

/** JetStream did not take or give a message: down, full, or not answering. */
export class StreamUnavailable extends CairnError {
  readonly code = 'CAIRN_STREAM_UNAVAILABLE';
  readonly disposition = 'retry';
  constructor(what: string, options?: ErrorOptions) {
    super(`JetStream is not available: ${what}`, options);
  }
}

/** A blob that an event refers to is not in the object store. */
export class BlobMissing extends CairnError {
  readonly code = 'CAIRN_BLOB_MISSING';
  readonly disposition = 'retry';
  constructor(readonly sha256: string) {
    super(`blob ${sha256} is not in the object store`);
  }
}

/** The NATS server is of a version that can lose data in the way we use it. */
export class UnsupportedServer extends CairnError {
  readonly code = 'CAIRN_UNSUPPORTED_SERVER';
  readonly disposition = 'retry';
  constructor(version: string, why: string) {
    super(`nats-server ${version} is not supported: ${why}`);
  }
}
