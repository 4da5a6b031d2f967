import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importTree } from './import-tree.js';
import { run } from './run.js';

/** A shell, and the programs that scripts take for granted. */
const ALWAYS = ['dash', 'bash', 'coreutils', 'grep', 'sed', 'tar'];
const PASSWD = 'root:x:0:0:root:/root:/bin/sh\n';

export type DebianImage = Readonly<{
  /** Of the tag; the rest of it is a hash of what is asked for. */
  name: string;
  /** Debian's names, beside what every job needs. What they depend on comes with them, what they recommend does not. */
  packages: readonly string[];
  /** Packages that are unpacked without what they depend on. */
  alone?: readonly string[];
  /** What `furnish` does, in words that change with it. */
  furnished?: string;
  /** Adds to the tree what no package brings. */
  furnish?: (root: string) => Promise<void>;
}>;

/** Fetches packages into a directory, by name, from the mirror that apt has here. */
const fetchPackages = async (directory: string, { packages, alone = [] }: DebianImage): Promise<void> => {
  // As on a machine that has nothing yet, so that all that is needed comes.
  const nothing = ['-o', 'Dir::State::status=/dev/null', '-o', `Dir::Cache::archives=${directory}/`];
  const options = ['-y', '-q', '--no-install-recommends', '--download-only', '-o', 'APT::Sandbox::User=root'];
  await run('apt-get', [...nothing, ...options, 'install', ...ALWAYS, ...packages]);
  if (alone.length > 0)
    await run('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', 'download', ...alone], { cwd: directory });
};

const fetchOrSay = async (directory: string, image: DebianImage): Promise<void> => {
  try {
    await fetchPackages(directory, image).catch(async () => {
      await run('apt-get', ['update', '-q'], { failing: true }); // its lists may be missing, or old
      await fetchPackages(directory, image);
    });
  } catch (cause) {
    const names = [...ALWAYS, ...image.packages, ...(image.alone ?? [])].join(', ');
    throw new Error(`this test needs Debian's packages ${names}, which apt-get could not download`, { cause });
  }
};

/**
 * An image of Debian's packages as they are, unpacked: none is configured, so there are no accounts but root. Made on this
 * machine, since no registry of images may be in reach, and kept for the next time; nothing of it is in this repository.
 */
export const debianImage = async (image: DebianImage): Promise<string> => {
  const { name, packages, alone, furnished, furnish } = image;
  const asked = createHash('sha256')
    .update(JSON.stringify([ALWAYS, packages, alone, furnished]))
    .digest('hex');
  const tag = `cairn-test-work:${name}-${asked.slice(0, 12)}`;
  if ((await run('docker', ['image', 'inspect', tag], { failing: true })).code === 0) return tag;
  const [fetched, root] = (await Promise.all(
    ['debs', 'root'].map((what) => mkdtemp(join(tmpdir(), `cairn-image-${what}-`))),
  )) as [string, string];
  try {
    await fetchOrSay(fetched, image);
    const debs = (await readdir(fetched)).filter((file) => file.endsWith('.deb'));
    for (const deb of debs) await run('dpkg-deb', ['-x', join(fetched, deb), root]);
    for (const directory of ['tmp', 'var/tmp', 'root', 'etc', 'proc', 'dev'])
      await mkdir(join(root, directory), { recursive: true });
    await chmod(root, 0o755);
    for (const shared of ['tmp', 'var/tmp']) await chmod(join(root, shared), 0o1777);
    await writeFile(join(root, 'etc/passwd'), PASSWD);
    await furnish?.(root);
    await importTree(root, tag);
    return tag;
  } finally {
    await Promise.all([fetched, root].map((path) => rm(path, { recursive: true, force: true })));
  }
};

/** Copies a directory out of an image. */
export const copyFromImage = async (image: string, from: string, to: string): Promise<void> => {
  const { stdout } = await run('docker', ['create', image, '/bin/true']);
  const id = stdout.trim();
  try {
    await run('docker', ['cp', `${id}:${from}/.`, to]);
  } finally {
    await run('docker', ['rm', id]);
  }
};
