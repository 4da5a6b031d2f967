import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDirectoryInUse, DataDirectoryUnusable } from '#errors';
import { openDataDirectory } from './data-directory.js';
import { keptSecret } from './kept-secret.js';

/** Another process that holds the lock as we do, until it is killed. */
const holder = async (file: string): Promise<ChildProcess> => {
  const code = `const D = require('libsql'); new D(${JSON.stringify(file)}).exec('BEGIN EXCLUSIVE');
    console.log('held'); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
};

describe('the data directory', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cairn-data-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('is for one at a time', async () => {
    const first = await openDataDirectory(root);
    await expect(openDataDirectory(root)).rejects.toThrow(DataDirectoryInUse);
    await expect(openDataDirectory(root)).rejects.toThrow(`process ${process.pid}`);
    await first.release();
    await (await openDataDirectory(root)).release();
  });

  it('is free again when its holder was killed', async () => {
    const other = await holder(join(root, 'lock'));
    await expect(openDataDirectory(root)).rejects.toThrow(DataDirectoryInUse);
    other.kill('SIGKILL');
    await once(other, 'exit');
    await (await openDataDirectory(root)).release();
  });

  it('must be a directory', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');
    await expect(openDataDirectory(join(file, 'below'))).rejects.toThrow(DataDirectoryUnusable);
  });

  it('keeps secrets that only we may read', async () => {
    const made = await keptSecret(join(root, 'secret'));
    expect(made).toMatch(/^[\w-]{43}$/);
    expect(await keptSecret(join(root, 'secret'))).toBe(made);
    expect((await stat(join(root, 'secret'))).mode & 0o777).toBe(0o600);
  });
});
