import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NatsServerMissing } from '#errors';
import { hasApt, unpackDebianPackage } from './debian-package.js';
import { findProgram, isExecutable } from './find-program.js';
import { RELEASE, fetchRelease } from './official-release.js';

const run = promisify(execFile);
const OLDEST = [2, 9] as const;

export type NatsBinary = Readonly<{ file: string; version: string }>;

/** Its version, or why it is of no use. */
const inspect = async (file: string): Promise<NatsBinary | string> => {
  const answer = await run(file, ['--version'], { timeout: 5_000 }).catch(() => undefined);
  const version = /v(\d+\.\d+\.\d+\S*)/.exec(answer?.stdout ?? '')?.[1];
  if (version === undefined) return `${file} does not tell its version`;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  return enough ? { file, version } : `${file} is ${version}, too old`;
};

/** Puts the official release at a file; false when it cannot be had. */
export type FetchRelease = (target: string) => Promise<boolean>;

/**
 * A nats-server to start: the one on the search path, else one that was fetched into `directory` before, else the official
 * release, else Debian's package, unpacked there. `say` hears when something is fetched.
 * @throws NatsServerMissing
 */
export const findNatsServer = async (
  searchPath: string,
  directory: string,
  say: (line: string) => void,
  official: FetchRelease = fetchRelease,
): Promise<NatsBinary> => {
  const released = join(directory, `nats-server-${RELEASE.version}`);
  const unpacked = join(directory, 'usr/sbin/nats-server');
  const faults: string[] = [];
  for (const file of [await findProgram('nats-server', searchPath), released, unpacked]) {
    if (file === undefined || !(await isExecutable(file))) continue;
    const found = await inspect(file);
    if (typeof found !== 'string') return found;
    faults.push(found);
  }
  say(`fetching nats-server ${RELEASE.version} …`);
  const fetched = (await official(released)) ? released : await debian(searchPath, directory, unpacked, faults, say);
  const found = await inspect(fetched);
  if (typeof found === 'string') throw new NatsServerMissing(found);
  return found;
};

const debian = async (
  searchPath: string,
  directory: string,
  unpacked: string,
  faults: readonly string[],
  say: (line: string) => void,
): Promise<string> => {
  const before = [...faults, 'none on PATH', 'the official release could not be downloaded'];
  if (!(await hasApt(searchPath))) throw new NatsServerMissing(before.join('; '));
  say('fetching nats-server (apt-get download) …');
  if (!(await unpackDebianPackage('nats-server', directory, searchPath)))
    throw new NatsServerMissing([...before, 'apt-get could not download it'].join('; '));
  return unpacked;
};
