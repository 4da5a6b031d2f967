import { CairnError } from './cairn-error.js';

/** Two of us on one data directory would write over each other. */
export class DataDirectoryInUse extends CairnError {
  readonly code = 'CAIRN_DATA_DIRECTORY_IN_USE';
  readonly disposition = 'retry';
  constructor(directory: string, holder: string) {
    super(`${directory} is in use by ${holder}; stop it, or set CAIRN_DATA_DIR to another directory`);
  }
}

/** The data directory cannot be made, read or written. */
export class DataDirectoryUnusable extends CairnError {
  readonly code = 'CAIRN_DATA_DIRECTORY_UNUSABLE';
  readonly disposition = 'retry';
  constructor(directory: string, options?: ErrorOptions) {
    super(`${directory} cannot be used; mend it, or set CAIRN_DATA_DIR to another directory`, options);
  }
}

/** No nats-server that can be used is here, and none could be had. */
export class NatsServerMissing extends CairnError {
  readonly code = 'CAIRN_NATS_SERVER_MISSING';
  readonly disposition = 'retry';
  constructor(detail: string) {
    super(`no nats-server: ${detail}; install version 2.10.23 or later (2.9 works too) on PATH, or set CAIRN_NATS_URL`);
  }
}

/** The nats-server that was started ended at once, or never answered. */
export class NatsServerFailed extends CairnError {
  readonly code = 'CAIRN_NATS_SERVER_FAILED';
  readonly disposition = 'retry';
  constructor(detail: string, options?: ErrorOptions) {
    super(`nats-server cannot be started: ${detail}`, options);
  }
}

/** The built-in sample could not be made or sent; everything else works. */
export class SampleFailed extends CairnError {
  readonly code = 'CAIRN_SAMPLE_FAILED';
  readonly disposition = 'drop';
}

/** `cairn run` could not run the working tree's pipeline: nothing is said about the pipeline itself. */
export class LocalRunFailed extends CairnError {
  readonly code = 'CAIRN_LOCAL_RUN_FAILED';
  readonly disposition = 'drop';
}
