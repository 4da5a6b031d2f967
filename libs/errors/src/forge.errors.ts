import { CairnError } from './cairn-error.js';

/** The forge did not answer, or asked to wait. */
export class ForgeUnavailable extends CairnError {
  readonly code = 'CAIRN_FORGE_UNAVAILABLE';
  readonly disposition = 'retry';
  constructor(
    detail: string,
    readonly retryAfterMs?: number,
    options?: ErrorOptions,
  ) {
    super(`the forge is not available: ${detail}`, options);
  }
}

/** The forge refused, and will refuse again. */
export class ForgeRefused extends CairnError {
  readonly code = 'CAIRN_FORGE_REFUSED';
  readonly disposition = 'drop';
  constructor(detail: string, options?: ErrorOptions) {
    super(`the forge refused: ${detail}`, options);
  }
}

/** There is no such repository, or the credentials do not show it. */
export class RepositoryUnknown extends CairnError {
  readonly code = 'CAIRN_REPOSITORY_UNKNOWN';
  readonly disposition = 'drop';
  constructor(
    readonly repo: string,
    options?: ErrorOptions,
  ) {
    super(`repository ${repo} is not known to the forge, or not visible with these credentials`, options);
  }
}

/**
 * The repository has no such commit. A retry, not a refusal: the news of a push can be faster than its copies, and a
 * commit that never comes ends in `DEAD` after the last delivery.
 */
export class CommitUnknown extends CairnError {
  readonly code = 'CAIRN_COMMIT_UNKNOWN';
  readonly disposition = 'retry';
  constructor(
    readonly repo: string,
    readonly sha: string,
    options?: ErrorOptions,
  ) {
    super(`repository ${repo} has no commit ${sha}; it may not have arrived yet, or was removed`, options);
  }
}

/** A file that is read whole is larger than is allowed. */
export class FileTooLarge extends CairnError {
  readonly code = 'CAIRN_FILE_TOO_LARGE';
  readonly disposition = 'drop';
  constructor(path: string, maxBytes: number) {
    super(`${path} is larger than ${maxBytes} bytes`);
  }
}
