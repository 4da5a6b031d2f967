import { readFile } from 'node:fs/promises';
import { parse } from 'dotenv';
import { SecretRefused, SecretsUnusable } from '#errors';
import { SECRET_EVENTS, changeSecrets, secretFault, type StoredSecret } from '#secrets';

/** `NAME=value` lines, as in a `.env`. @throws SecretsUnusable */
const readPairs = async (file: string): Promise<readonly (readonly [string, string])[]> => {
  try {
    return Object.entries(parse(await readFile(file, 'utf8')));
  } catch {
    throw new SecretsUnusable(file, 'it cannot be read');
  }
};

/** Gives a run's own runner the secrets that a person keeps in a file, for every build of it: there is just one. */
export const keepLocalSecrets = async (given: string, repo: string, file: string): Promise<void> => {
  const events = SECRET_EVENTS;
  const secrets = (await readPairs(given)).map(([name, value]): StoredSecret => ({
    repo,
    name,
    value,
    events,
    branches: ['**'],
  }));
  for (const secret of secrets) {
    const fault = secretFault(secret);
    if (fault) throw new SecretRefused(`${given}: the ${fault.part} of ${secret.name} ${fault.detail}`);
  }
  await changeSecrets(file, () => secrets);
};
