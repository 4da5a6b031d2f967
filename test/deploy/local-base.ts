import { copyFile, cp, mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { importTree } from '../harness/import-tree.js';
import { run } from '../harness/run.js';

/** Where certificates are kept on the systems these tests run on. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

const debianMirror = async (): Promise<string> => {
  const { stdout } = await run('apt-get', [
    'indextargets',
    '--format',
    '$(CODENAME) $(REPO_URI)',
    'Created-By: Packages',
  ]);
  const line = stdout.split('\n').find((text) => text.startsWith('bookworm '));
  if (line === undefined) throw new Error('apt knows no mirror of Debian bookworm');
  return line.slice('bookworm '.length);
};

/** Node and npm of this machine, and the certificates that it trusts, in a tree made by debootstrap. */
const furnish = async (root: string): Promise<void> => {
  const npm = dirname(dirname(await realpath((await run('sh', ['-c', 'command -v npm'])).stdout.trim())));
  await copyFile(process.execPath, join(root, 'usr/local/bin/node'));
  await mkdir(join(root, 'usr/local/lib/node_modules'), { recursive: true });
  await cp(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
  await mkdir(join(root, dirname(CERTIFICATES)), { recursive: true });
  await copyFile(CERTIFICATES, join(root, CERTIFICATES));
};

/**
 * What `node:24-bookworm-slim` is to others: Debian with Node, made on this machine, since no registry of images may be in
 * reach. Kept for the next time. Needs root, debootstrap and a mirror of Debian.
 */
export const localBaseImage = async (): Promise<string> => {
  const image = `cairn-test-base:node-${process.versions.node}`;
  if ((await run('docker', ['image', 'inspect', image], { failing: true })).code === 0) return image;
  const root = await mkdtemp(join(tmpdir(), 'cairn-base-'));
  try {
    await run('debootstrap', ['--variant=minbase', 'bookworm', root, await debianMirror()]);
    await furnish(root);
    await importTree(root, image, [`ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}`, 'CMD ["node"]']);
    return image;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
};
