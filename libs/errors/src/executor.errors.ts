import { CairnError } from './cairn-error.js';

/** The image cannot be had, or cannot run a job (no shell). Trying again would not help. */
export class ImageUnavailable extends CairnError {
  readonly code = 'CAIRN_IMAGE_UNAVAILABLE';
  readonly disposition = 'drop';
  constructor(
    readonly image: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`image ${image}: ${detail}`, options);
  }
}

/** The container engine does not answer, or broke off. */
export class EngineUnavailable extends CairnError {
  readonly code = 'CAIRN_ENGINE_UNAVAILABLE';
  readonly disposition = 'retry';
  constructor(detail: string, options?: ErrorOptions) {
    super(`the container engine is not available: ${detail}`, options);
  }
}

/** The place in which a job ran ended under it: the waiting shell was killed, the container removed, the engine died. */
export class SandboxLost extends CairnError {
  readonly code = 'CAIRN_SANDBOX_LOST';
  readonly disposition = 'retry';
}

/** Code from a fork never runs on an executor without isolation. */
export class ForkRefused extends CairnError {
  readonly code = 'CAIRN_FORK_REFUSED';
  readonly disposition = 'drop';
  constructor() {
    super('a pull request from a fork is not run on the host; it needs the docker executor');
  }
}

/** The commit cannot be fetched from its repository. */
export class SourceUnavailable extends CairnError {
  readonly code = 'CAIRN_SOURCE_UNAVAILABLE';
  readonly disposition = 'retry';
}

/** A submodule that is not fetched, or not put where the repository wants it. Trying again would not help. */
export class SubmoduleRefused extends CairnError {
  readonly code = 'CAIRN_SUBMODULE_REFUSED';
  readonly disposition = 'drop';
}

/** A file of Git LFS that cannot be had, as the server or the commit is. Trying again would not help. */
export class LargeFileUnavailable extends CairnError {
  readonly code = 'CAIRN_LARGE_FILE_UNAVAILABLE';
  readonly disposition = 'drop';
}

/** A step that no shell can be given: a NUL byte, a name that cannot be a variable, or far too long. */
export class UnusableStep extends CairnError {
  readonly code = 'CAIRN_UNUSABLE_STEP';
  readonly disposition = 'drop';
  constructor(number: number, detail: string) {
    super(`step ${number} cannot be run: ${detail}`);
  }
}

/** A text of the spec has an expression that cannot be worked out with the values that the job has. */
export class UnusableExpression extends CairnError {
  readonly code = 'CAIRN_UNUSABLE_EXPRESSION';
  readonly disposition = 'drop';
  constructor(where: string, detail: string) {
    super(`${where}: ${detail}`);
  }
}

/** A file through which a step hands values on (`CAIRN_ENV`, `CAIRN_OUTPUT`) cannot be used. */
export class UnusableExchange extends CairnError {
  readonly code = 'CAIRN_UNUSABLE_EXCHANGE';
  readonly disposition = 'drop';
  constructor(
    readonly variable: string,
    detail: string,
  ) {
    super(`what was written to $${variable} cannot be used: ${detail}`);
  }
}

/** This process has let go of the sandbox; the step goes on, and whoever adopts it reports its end. */
export class SandboxDetached extends CairnError {
  readonly code = 'CAIRN_SANDBOX_DETACHED';
  readonly disposition = 'abandon';
}

/** A file cannot be put into a job's place: it would lead out of it, or something is in its way. */
export class RefusedEntry extends CairnError {
  readonly code = 'CAIRN_REFUSED_ENTRY';
  readonly disposition = 'drop';
}

/** A job leaves more behind than its runner keeps. */
export class TooManyArtifacts extends CairnError {
  readonly code = 'CAIRN_TOO_MANY_ARTIFACTS';
  readonly disposition = 'drop';
  constructor(detail: string) {
    super(`the artifacts are more than this runner keeps: ${detail}`);
  }
}

/** What a job that is needed has left behind cannot be had any more. */
export class ArtifactUnavailable extends CairnError {
  readonly code = 'CAIRN_ARTIFACT_UNAVAILABLE';
  readonly disposition = 'drop';
  constructor(name: string, job: string, why: string, options?: ErrorOptions) {
    super(`artifact ${name} of job ${job}: ${why}`, options);
  }
}

/** A service of a job cannot be started, or was not ready in time. */
export class ServiceUnavailable extends CairnError {
  readonly code = 'CAIRN_SERVICE_UNAVAILABLE';
  readonly disposition = 'drop';
  constructor(
    readonly service: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`service ${service}: ${detail}`, options);
  }
}

/** A service wants rights over the machine that the administrator has not given to its repository. */
export class PrivilegeRefused extends CairnError {
  readonly code = 'CAIRN_PRIVILEGE_REFUSED';
  readonly disposition = 'drop';
  constructor(service: string, detail: string) {
    super(`service ${service} is not run with \`privileged\`: ${detail}`);
  }
}

/** Processes of the host cannot do what the job asks for: that needs containers. */
export class NotOnHost extends CairnError {
  readonly code = 'CAIRN_NOT_ON_HOST';
  readonly disposition = 'drop';
  constructor(what: string) {
    super(`${what} cannot be had on the host; it needs the docker executor`);
  }
}
