import { CairnError } from './cairn-error.js';

/** Two viewers share a data directory: each needs its own, as a read model has one writer. */
export class ReadModelInUse extends CairnError {
  readonly code = 'CAIRN_READ_MODEL_IN_USE';
  readonly disposition = 'retry';
  constructor(readonly file: string) {
    super(`${file} is written by another viewer; give each its own CAIRN_DATA_DIR`);
  }
}
