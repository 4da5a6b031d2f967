import { constants } from 'node:fs';
import { chown, mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SecretRefused, SecretsUnusable, messageOf } from '#errors';
import { isSameSecret, secretFault, type StoredSecret } from './stored-secret.js';

const VERSION = 1;
const MAX_FILE = 64 * 1024 * 1024;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const codeOf = (error: unknown): unknown => (isRecord(error) ? error['code'] : undefined);

/** The place of a mistake: the parser's own words would show what stands there. */
const placeIn = (text: string, error: unknown): string => {
  const position = /at position (\d+)/.exec(messageOf(error))?.[1];
  if (position === undefined) return '';
  const lines = text.slice(0, Number(position)).split('\n');
  return ` (line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1})`;
};

/** @throws SecretsUnusable */
const parsed = (text: string, file: string): readonly StoredSecret[] => {
  const refuse = (detail: string): never => {
    throw new SecretsUnusable(file, detail);
  };
  const read = (): unknown => {
    try {
      return JSON.parse(text);
    } catch (error) {
      return refuse(`it is not JSON${placeIn(text, error)}`);
    }
  };
  const content = read();
  if (!isRecord(content) || content['version'] !== VERSION || !Array.isArray(content['secrets']))
    return refuse(`it must be an object with \`version\`: ${VERSION} and a list \`secrets\``);
  if (Object.keys(content).length > 2) return refuse('beside `version` and `secrets` there must be nothing');
  const secrets: readonly unknown[] = content['secrets'];
  const known = new Map<string, number>();
  return secrets.map((secret, n) => {
    if (!isRecord(secret)) return refuse(`secrets[${n}]: must be an object`);
    const fault = secretFault(secret);
    if (fault) return refuse(`secrets[${n}].${fault.part}: ${fault.detail}`);
    const stored = secret as StoredSecret;
    const key = `${stored.repo.toLowerCase()} ${stored.name}`;
    const earlier = known.get(key);
    if (earlier !== undefined) return refuse(`secrets[${n}]: is the same as secrets[${earlier}]`);
    known.set(key, n);
    return stored;
  });
};

/** Nobody but its owner may have access, and the owner is we or root. Looks at the file that is open, not at its name. */
const assertPrivate = async (handle: FileHandle, file: string): Promise<void> => {
  const stats = await handle.stat();
  const { mode, uid, size } = stats;
  const ourselves = process.geteuid?.();
  if (!stats.isFile()) throw new SecretsUnusable(file, 'it is no plain file');
  if (size > MAX_FILE) throw new SecretsUnusable(file, `it has more than ${MAX_FILE} bytes`);
  if (ourselves === undefined) return; // a system without owners
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  if ((mode & 0o077) !== 0)
    throw new SecretsUnusable(file, `others than its owner have access to it (mode ${shown}); chmod 600 ${file}`);
  if (uid !== ourselves && uid !== 0 && ourselves !== 0)
    throw new SecretsUnusable(file, `it belongs to another user (${uid}), and this process is user ${ourselves}`);
};

/** All secrets that are stored; none when there is no file. Reads it anew each time. @throws SecretsUnusable */
export const readSecrets = async (file: string): Promise<readonly StoredSecret[]> => {
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw new SecretsUnusable(file, `it cannot be read (${String(codeOf(error))})`);
  }
  try {
    await assertPrivate(handle, file);
    return parsed(await handle.readFile('utf8'), file);
  } finally {
    await handle.close();
  }
};

/** Root writes for the user whose runner reads: the owner stays, or is that of the directory. */
const keepOwner = async (written: string, file: string): Promise<void> => {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = await stat(file).catch(() => stat(dirname(file)));
  await chown(written, uid, gid);
};

const sync = async (directory: string): Promise<void> => {
  const handle = await open(directory, constants.O_RDONLY);
  await handle.sync().finally(() => handle.close());
};

/**
 * Writes what `change` makes of the secrets: the file is the old one or the new one, whatever happens meanwhile. One at a time.
 * @throws SecretsUnusable · SecretRefused another process is at it
 */
export const changeSecrets = async (
  file: string,
  change: (secrets: readonly StoredSecret[]) => readonly StoredSecret[],
): Promise<void> => {
  const fresh = `${file}.new`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(fresh, 'wx', 0o600).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST')
      throw new SecretsUnusable(file, `${fresh} cannot be written (${String(codeOf(error))})`);
    throw new SecretRefused(`somebody else is changing ${file}; if nobody is, remove ${fresh}`);
  });
  try {
    const secrets = change(await readSecrets(file));
    await handle.chmod(0o600); // whatever the umask
    await handle.writeFile(`${JSON.stringify({ version: VERSION, secrets }, undefined, 2)}\n`);
    await handle.sync();
    await keepOwner(fresh, file);
    await rename(fresh, file);
    await sync(dirname(file));
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
};

/** Stores a secret in place of the one of that name. @throws SecretRefused · SecretsUnusable */
export const storeSecret = async (file: string, secret: StoredSecret): Promise<void> => {
  const fault = secretFault(secret);
  if (fault) throw new SecretRefused(`the secret's ${fault.part} ${fault.detail}`);
  await changeSecrets(file, (secrets) => [...secrets.filter((other) => !isSameSecret(other, secret)), secret]);
};
