import { readFile } from 'node:fs/promises';
import { InvalidSettings, messageOf } from '#errors';

/** What the engine is given to sign in to a registry. */
export type RegistryLogin = Readonly<
  { serveraddress: string } & ({ username: string; password: string } | { identitytoken: string })
>;

const HUB = 'docker.io';
/** Names under which Docker's own client keeps the login of its hub. */
const HUB_NAMES = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

const registryOf = (host: string): string => (HUB_NAMES.has(host) ? HUB : host);

/** The registry that an image's name leads to: its first part, when that looks like a host. */
export const registryOfImage = (image: string): string => {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? registryOf(first) : HUB;
};

/** Keys are hosts, or addresses as older clients wrote them: `https://index.docker.io/v1/`. */
const registryOfKey = (key: string): string => registryOf(key.replace(/^https?:\/\//, '').replace(/\/.*$/, ''));

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const loginOf = (serveraddress: string, entry: unknown): RegistryLogin | undefined => {
  const fields = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>;
  const identitytoken = text(fields['identitytoken']);
  if (identitytoken !== undefined) return { serveraddress, identitytoken };
  const pair = Buffer.from(text(fields['auth']) ?? '', 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  const username = colon > 0 ? pair.slice(0, colon) : text(fields['username']);
  const password = colon > 0 ? pair.slice(colon + 1) : text(fields['password']);
  return username === undefined || password === undefined ? undefined : { serveraddress, username, password };
};

/** The login for a registry out of the text of Docker's `config.json`. @throws SyntaxError it is no JSON */
export const loginIn = (config: string, registry: string): RegistryLogin | undefined => {
  const { auths } = JSON.parse(config) as { auths?: unknown };
  if (typeof auths !== 'object' || auths === null) return undefined;
  const found = Object.entries(auths).find(([key]) => registryOfKey(key) === registry);
  return found && loginOf(found[0], found[1]);
};

/**
 * The registries' logins from a file in the format of Docker's `config.json`. It is read for each pull, so that a changed
 * password needs no restart. Helpers that the file may name (`credsStore`, `credHelpers`) are programs, and are not run.
 */
export class RegistryCredentials {
  constructor(private readonly file: string | undefined) {}

  /** @throws InvalidSettings the file cannot be used; nothing of its content is told */
  async of(image: string): Promise<RegistryLogin | undefined> {
    if (this.file === undefined) return undefined;
    try {
      return loginIn(await readFile(this.file, 'utf8'), registryOfImage(image));
    } catch (error) {
      const why = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error);
      throw new InvalidSettings([`CAIRN_REGISTRY_AUTH_FILE: ${why}`]);
    }
  }
}
