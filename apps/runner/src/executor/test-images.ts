import type Docker from 'dockerode';
import { execFile } from 'node:child_process';
import { readFile, realpath } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { pack } from 'tar-stream';

const run = promisify(execFile);

/** Everything by busybox, no bash; everything by dash and Debian's tools, with bash; the first as a user; no programs. */
export const BUSYBOX_IMAGE = 'cairn-test-busybox:1';
export const DEBIAN_IMAGE = 'cairn-test-debian:2';
export const USER_IMAGE = 'cairn-test-user:1';
/** The second with what switches users. */
export const USERS_IMAGE = 'cairn-test-debian:users';
/** The first with a check that fails until the file `/ready` is there, and with a command of its own. */
export const CHECKED_IMAGE = 'cairn-test-checked:1';
export const NO_SHELL_IMAGE = 'cairn-test-no-shell:1';

type Tree = Readonly<{ files: Record<string, Buffer>; links: Record<string, string> }>;

const busyboxTree = async (): Promise<Tree> => {
  const program = await realpath('/bin/busybox');
  const { stdout } = await run(program, ['--list']);
  const applets = stdout.split('\n').filter((name) => /^[a-z0-9\[]+$/.test(name) && name !== 'busybox');
  return {
    files: { 'bin/busybox': await readFile(program), 'etc/passwd': PASSWD },
    links: Object.fromEntries(applets.map((name) => [`bin/${name}`, 'busybox'])),
  };
};

const PASSWD = Buffer.from('root:x:0:0:root:/root:/bin/sh\nbuilder:x:1234:4321:Builder:/home/builder:/bin/sh\n');

/** This machine's own programs with the libraries they need. */
const debianTree = async (more: readonly string[] = []): Promise<Tree> => {
  const names = [
    ...more,
    'bash',
    'dash',
    'cat',
    'ls',
    'tr',
    'grep',
    'sleep',
    'touch',
    'mkdir',
    'chmod',
    'head',
    'ln',
    'setsid',
    'env',
  ];
  const files: Record<string, Buffer> = { 'etc/passwd': PASSWD };
  for (const name of names) {
    const { stdout: path } = await run('which', [name]);
    const { stdout: libraries } = await run('ldd', [path.trim()]);
    files[`bin/${name}`] = await readFile(path.trim());
    for (const [, library] of libraries.matchAll(/(\/[^\s]+)/g))
      if (library) files[library.slice(1)] = await readFile(library);
  }
  return { files, links: { 'bin/sh': 'dash' } };
};

const importTree = async (
  docker: Docker,
  tag: string,
  { files, links }: Tree,
  changes: string[] = [],
): Promise<void> => {
  const found = await docker.listImages({ filters: { reference: [tag] } });
  if (found.length > 0) return;
  const tar = pack();
  for (const directory of ['tmp', 'proc', 'dev', 'root'])
    tar.entry({ name: directory, type: 'directory', mode: 0o1777 });
  for (const [name, content] of Object.entries(files)) tar.entry({ name, mode: 0o755 }, content);
  for (const [name, linkname] of Object.entries(links)) tar.entry({ name, type: 'symlink', linkname });
  tar.finalize();
  const [repo, version] = tag.split(':');
  const answer = await docker.importImage(Readable.from(tar), { repo, tag: version, changes } as object);
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(answer, (error: Error | null) => (error ? reject(error) : resolve()));
  });
};

/** Made from this machine's programs, since no registry can be counted on; kept between runs. */
export const makeTestImages = async (docker: Docker): Promise<void> => {
  const busybox = await busyboxTree();
  await importTree(docker, BUSYBOX_IMAGE, busybox);
  await importTree(docker, USER_IMAGE, busybox, ['USER builder']);
  await importTree(docker, DEBIAN_IMAGE, await debianTree());
  await importTree(docker, USERS_IMAGE, await debianTree(['chown', 'setpriv', 'id', 'rm', 'stat']));
  await importTree(docker, CHECKED_IMAGE, busybox, [
    'HEALTHCHECK --interval=30s --retries=1 CMD ["/bin/ls", "/ready"]',
    'CMD ["/bin/sh", "-c", "echo begun; echo to stderr >&2; sleep 1; touch /ready; exec httpd -f -p 80 -h /etc"]',
  ]);
  await importTree(docker, NO_SHELL_IMAGE, { files: { 'etc/passwd': PASSWD }, links: {} });
};
