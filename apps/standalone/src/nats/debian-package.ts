import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './find-program.js';

const run = promisify(execFile);
const LIMIT_MS = 60_000;

/** apt's own lists may be missing, as in a slim container: then some of our own are fetched, which needs no root either. */
const ownLists = (directory: string): string[] => {
  const [state, cache] = [join(directory, 'state'), join(directory, 'cache')];
  return ['-o', `Dir::State=${state}`, '-o', `Dir::Cache=${cache}`, '-o', 'Dir::State::Status=/var/lib/dpkg/status'];
};

const packageIn = async (directory: string): Promise<string | undefined> => {
  const found = (await readdir(directory)).find((name) => name.endsWith('.deb'));
  return found && join(directory, found);
};

const download = async (
  name: string,
  directory: string,
  options: string[],
  searchPath: string,
): Promise<string | undefined> => {
  const limits = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=15', '-o', 'Acquire::https::Timeout=15'];
  const apt = (...args: string[]): Promise<unknown> =>
    run('apt-get', ['-q', ...limits, ...options, ...args], {
      cwd: directory,
      timeout: LIMIT_MS,
      env: { PATH: searchPath, LC_ALL: 'C' },
    });
  if (options.length > 0) {
    for (const folder of ['state/lists/partial', 'cache/archives/partial'])
      await mkdir(join(directory, folder), { recursive: true });
    await apt('update');
  }
  await apt('download', name);
  return packageIn(directory);
};

/** Whether this is a system on which `unpackDebianPackage` can be tried. */
export const hasApt = async (searchPath: string): Promise<boolean> =>
  (await findProgram('apt-get', searchPath)) !== undefined && (await findProgram('dpkg-deb', searchPath)) !== undefined;

/**
 * Downloads a package of Debian's and unpacks it below `target`: no root, nothing is installed, no service is started. apt
 * checks the package's signature. False when it cannot be had within the time limit.
 */
export const unpackDebianPackage = async (name: string, target: string, searchPath: string): Promise<boolean> => {
  await mkdir(dirname(target), { recursive: true });
  const directory = await mkdtemp(join(dirname(target), '.apt-'));
  try {
    const own = ownLists(directory);
    const file =
      (await download(name, directory, [], searchPath).catch(() => undefined)) ??
      (await download(name, directory, own, searchPath));
    if (file === undefined) return false;
    await run('dpkg-deb', ['-x', file, target], { timeout: LIMIT_MS, env: { PATH: searchPath } });
    return true;
  } catch {
    return false; // no network, or no such package: the caller says what can be done instead
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
