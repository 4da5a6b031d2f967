import { CairnError } from './cairn-error.js';

/** The file of the secrets is open to others, or not what it should be. Says where, and nothing of what is in it. */
export class SecretsUnusable extends CairnError {
  readonly code = 'CAIRN_SECRETS_UNUSABLE';
  readonly disposition = 'drop';
  constructor(
    readonly file: string,
    detail: string,
  ) {
    super(`the secrets in ${file} cannot be used: ${detail}`);
  }
}

/** A job asks for secrets that are not stored, or not for a build like this one. */
export class SecretUnavailable extends CairnError {
  readonly code = 'CAIRN_SECRET_UNAVAILABLE';
  readonly disposition = 'drop';
}

/** A secret cannot be stored so. */
export class SecretRefused extends CairnError {
  readonly code = 'CAIRN_SECRET_REFUSED';
  readonly disposition = 'drop';
}
