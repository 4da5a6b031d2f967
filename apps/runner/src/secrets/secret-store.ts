import { readSecrets, secretsFor, type SecretSeeker } from '#secrets';

/** Where secrets are kept. Asked once for each job that names some; may be asked side by side. */
export interface SecretStore {
  /**
   * The values of these, by name: each is stored, and for builds like this one.
   * @throws SecretUnavailable names every one that is not · SecretsUnusable the store itself cannot be used
   */
  secretsFor(names: readonly string[], seeker: SecretSeeker): Promise<ReadonlyMap<string, string>>;
}

/** One file of this machine, read by us alone, and anew for each job: what `cairn secret` writes counts at once. */
export class FileSecretStore implements SecretStore {
  constructor(private readonly file: string) {}

  async secretsFor(names: readonly string[], seeker: SecretSeeker): Promise<ReadonlyMap<string, string>> {
    return secretsFor(await readSecrets(this.file), names, seeker);
  }
}
