import { CairnError, LogStoreUnavailable, messageOf } from '#errors';

/** Whatever a file system or a server throws, as the port says it; errors of ours stay what they are. */
export const unavailable = (what: string, error: unknown): CairnError =>
  error instanceof CairnError ? error : new LogStoreUnavailable(`${what}: ${messageOf(error)}`, { cause: error });
