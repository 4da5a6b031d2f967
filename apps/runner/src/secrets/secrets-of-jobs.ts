import { SecretUnavailable } from '#errors';
import type { JobTemplate } from '#events';
import type { JobOf } from '../job-of.js';
import type { SlotRecords } from '../slot-records.js';
import { JobSecrets, type KeptSecrets } from './job-secrets.js';
import type { SecretStore } from './secret-store.js';

/** All that steps of the job name, but those that were decided not to run. */
const namesOf = ({ steps }: JobTemplate): string[] => [
  ...new Set(steps.flatMap(({ secrets = [], skipped }) => (skipped ? [] : secrets))),
];

/** Gets secrets for jobs, and keeps them beside the slot's record for as long as that is there. */
export class SecretsOfJobs {
  constructor(
    private readonly store: SecretStore,
    private readonly records: Pick<SlotRecords, 'keepSecrets' | 'keptSecrets'>,
  ) {}

  /** Before a job's first step. @throws SecretUnavailable · SecretsUnusable */
  async take({ template, request }: JobOf, slot: string): Promise<JobSecrets> {
    const names = namesOf(template);
    if (names.length === 0) return JobSecrets.NONE;
    const secrets = this.made({ values: [...(await this.store.secretsFor(names, request))], withheld: [] }, slot);
    this.records.keepSecrets(slot, secrets.kept);
    return secrets;
  }

  /** As they were when the job began: the log goes on as it was masked. @throws SecretUnavailable they are gone */
  recall({ template }: JobOf, slot: string): JobSecrets {
    if (namesOf(template).length === 0) return JobSecrets.NONE;
    const kept = this.records.keptSecrets(slot);
    if (!kept) throw new SecretUnavailable('the secrets that the job began with are gone');
    return this.made(kept, slot);
  }

  private made(kept: KeptSecrets, slot: string): JobSecrets {
    return new JobSecrets(kept, (more) => this.records.keepSecrets(slot, more));
  }
}
