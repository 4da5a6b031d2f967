import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig, type Environment } from '#config';
import { SecretRefused, WrongUse, messageOf } from '#errors';
import {
  DEFAULT_EVENTS,
  bindingOf,
  changeSecrets,
  isSameSecret,
  readSecrets,
  secretFault,
  storeSecret,
  type SecretEvent,
  type StoredSecret,
} from '#secrets';
import { CliConfig } from '../cli.config.js';
import type { LocalCommand, Surroundings } from '../local/local-command.js';
import { table } from '../table.js';
import { secretValue } from './secret-value.js';

const OPTIONS = { events: { type: 'string' }, branches: { type: 'string' }, json: { type: 'boolean' } } as const;

type Asked = Readonly<{
  verb: string | undefined;
  repo: string | undefined;
  name: string | undefined;
  events?: readonly string[];
  branches?: readonly string[];
  json: boolean;
}>;

const wordsOf = (list: string): string[] => list.split(',').map((word) => word.trim());

/** @throws WrongUse, which repeats nothing: what is too much may be the secret */
const askedOf = (args: readonly string[]): Asked => {
  const parse = () => {
    try {
      return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
    } catch (cause) {
      throw new WrongUse(
        /'(--?[a-z-]+)/.test(messageOf(cause)) ? 'there is no such option of secret' : 'wrong options',
      );
    }
  };
  const { values, positionals } = parse();
  const [verb, repo, name, ...rest] = positionals;
  if (rest.length > 0)
    throw new WrongUse('too much; a value is read from standard input, and stands in no command line');
  return {
    ...{ verb, repo, name, json: values.json === true },
    ...(values.events === undefined ? {} : { events: wordsOf(values.events) }),
    ...(values.branches === undefined ? {} : { branches: wordsOf(values.branches) }),
  };
};

const fileOf = (directory: string, environment: Environment): string => {
  const { CAIRN_SECRETS_FILE: file, CAIRN_DATA_DIR: data } = loadConfig(CliConfig, environment);
  return resolve(directory, file ?? join(data, 'secrets.json'));
};

const required = ({ repo, name }: Asked): Pick<StoredSecret, 'repo' | 'name'> => {
  if (repo === undefined || name === undefined) throw new WrongUse('a secret is named by its repository and its name');
  return { repo, name };
};

/** Stored again without a word on its builds it stays for those that it was for. */
const set = async (file: string, asked: Asked, surroundings: Surroundings): Promise<string> => {
  const key = required(asked);
  const known = (await readSecrets(file)).find((secret) => isSameSecret(secret, key));
  const branches = asked.branches ?? known?.branches;
  const binding = {
    events: (asked.events as readonly SecretEvent[] | undefined) ?? known?.events ?? DEFAULT_EVENTS,
    ...(branches === undefined ? {} : { branches }),
  };
  const fault = secretFault({ ...key, value: 'not asked for yet', ...binding });
  if (fault) throw new WrongUse(`the secret's ${fault.part} ${fault.detail}`);
  await storeSecret(file, { ...key, value: await secretValue(key.name, surroundings), ...binding });
  return `${key.name} of ${key.repo} is stored in ${file}, for ${bindingOf(binding)}\n`;
};

const remove = async (file: string, asked: Asked): Promise<string> => {
  const key = required(asked);
  await changeSecrets(file, (secrets) => {
    const left = secrets.filter((secret) => !isSameSecret(secret, key));
    if (left.length === secrets.length)
      throw new SecretRefused(`no secret ${key.name} of ${key.repo} is stored in ${file}`);
    return left;
  });
  return `${key.name} of ${key.repo} is removed\n`;
};

const list = async (file: string, { repo, json }: Asked): Promise<string> => {
  const secrets = (await readSecrets(file)).filter(
    (secret) => repo === undefined || secret.repo.toLowerCase() === repo.toLowerCase(),
  );
  if (json) return `${JSON.stringify(secrets.map(({ value: _, ...shown }) => shown))}\n`;
  const rows = secrets.map((secret) => [secret.repo, secret.name, bindingOf(secret)]);
  return `${table(['REPOSITORY', 'NAME', 'FOR'], rows)}\n`;
};

/**
 * `cairn secret set|list|remove`: the secrets of the runner of this machine, in its file. Neither NATS nor the API ever has
 * them, so it is to be called where the runner works.
 */
export const secret: LocalCommand = async (args, surroundings) => {
  const asked = askedOf(args);
  const file = fileOf(surroundings.directory, surroundings.environment);
  const commands: Readonly<Record<string, () => Promise<string>>> = {
    set: () => set(file, asked, surroundings),
    list: () => list(file, asked),
    remove: () => remove(file, asked),
  };
  const command = Object.hasOwn(commands, asked.verb ?? '') ? commands[asked.verb ?? ''] : undefined;
  if (!command) throw new WrongUse('of secrets there are `secret set`, `secret list` and `secret remove`');
  surroundings.output.out(await command());
  return 0;
};
