import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { importTree } from './import-tree.js';

const run = promisify(execFile);

export const BUSYBOX_IMAGE = 'cairn-test-busybox:local';

const atHost = (host: string | undefined): string[] => (host === undefined ? [] : ['-H', host]);

/**
 * Makes a small image from the machine's static busybox, unless it is there: no registry is needed. `host`: of the engine,
 * when it is not the usual one.
 */
export const ensureBusyboxImage = async (host?: string): Promise<void> => {
  const at = atHost(host);
  const known = await run('docker', [...at, 'image', 'inspect', BUSYBOX_IMAGE]).catch(() => undefined);
  if (known) return;
  const root = await mkdtemp(join(tmpdir(), 'cairn-image-'));
  try {
    await mkdir(join(root, 'bin'));
    for (const directory of ['tmp', 'etc', 'root']) await mkdir(join(root, directory));
    await chmod(join(root, 'tmp'), 0o1777);
    await copyFile('/bin/busybox', join(root, 'bin/busybox'));
    const { stdout } = await run('/bin/busybox', ['--list']);
    for (const applet of stdout.split('\n'))
      if (applet && applet !== 'busybox') await symlink('busybox', join(root, 'bin', applet));
    await importTree(root, BUSYBOX_IMAGE, [], at);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
};

export const CHECKED_IMAGE = 'cairn-test-busybox:checked';

/** The same with a check that fails until the file `/tmp/ready` is there. */
export const ensureCheckedImage = async (): Promise<void> => {
  await ensureBusyboxImage();
  const known = await run('docker', ['image', 'inspect', CHECKED_IMAGE]).catch(() => undefined);
  if (known) return;
  const { stdout: id } = await run('docker', ['create', BUSYBOX_IMAGE, '/bin/sh']);
  try {
    const check = 'HEALTHCHECK --interval=1s CMD test -e /tmp/ready';
    const pipe = `docker export ${id.trim()} | docker import --change '${check}' - ${CHECKED_IMAGE}`;
    await run('sh', ['-c', pipe]);
  } finally {
    await run('docker', ['rm', '--volumes', id.trim()]);
  }
};

/** Containers, volumes and networks that one runner made and that are still there. `host`: as above. */
export const placesOf = async (runner: string, host?: string): Promise<string[]> => {
  const at = atHost(host);
  const filter = ['--filter', `label=cairn.runner=${runner}`, '--format'];
  const lists = await Promise.all([
    run('docker', [...at, 'ps', '-a', ...filter, 'container {{.Names}}']),
    run('docker', [...at, 'volume', 'ls', ...filter, 'volume {{.Name}}']),
    run('docker', [...at, 'network', 'ls', ...filter, 'network {{.Name}}']),
  ]);
  return lists.flatMap(({ stdout }) => stdout.split('\n').filter(Boolean));
};

/** Names of the containers that one runner made; without it those of all runners on this engine. */
export const cairnContainers = async (runner?: string): Promise<string[]> => {
  const filter = `label=cairn.runner${runner === undefined ? '' : `=${runner}`}`;
  const { stdout } = await run('docker', ['ps', '-a', '--filter', filter, '--format', '{{.Names}}']);
  return stdout.split('\n').filter(Boolean);
};
