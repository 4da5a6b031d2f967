import { CairnError } from './cairn-error.js';

/** The attempt was given up for dead or has ended: whoever still works on it must stop and send nothing. */
export class AttemptSuperseded extends CairnError {
  readonly code = 'CAIRN_ATTEMPT_SUPERSEDED';
  readonly disposition = 'abandon';
  constructor(
    readonly job: string,
    readonly attempt: number,
  ) {
    super(`attempt ${attempt} of job ${job} is no longer current`);
  }
}

/** A command cannot be carried out in the state that the aggregate is in; said to the person who asked. */
export class CommandRefused extends CairnError {
  readonly code = 'CAIRN_COMMAND_REFUSED';
  readonly disposition = 'drop';
}

/** A build was registered and is to be cancelled, but its request is not written yet: it will be, so come again. */
export class BuildNotRequested extends CairnError {
  readonly code = 'CAIRN_BUILD_NOT_REQUESTED';
  readonly disposition = 'retry';
  constructor(subject: string) {
    super(`${subject} has no request yet`);
  }
}

/** A name from outside cannot become a subject token. */
export class InvalidSubjectToken extends CairnError {
  readonly code = 'CAIRN_INVALID_SUBJECT_TOKEN';
  readonly disposition = 'dead';
  constructor(kind: string, value: string) {
    super(`${JSON.stringify(value.slice(0, 80))} cannot be used as ${kind}`);
  }
}

/** A payload from outside lacks what its event must have; `path` says where. */
export class PayloadFault extends CairnError {
  readonly code = 'CAIRN_PAYLOAD_FAULT';
  readonly disposition = 'drop';
  constructor(
    readonly path: string,
    wanted: string,
  ) {
    super(`${path} is not ${wanted}`);
  }
}
