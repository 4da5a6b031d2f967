import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { NatsServerMissing } from '#errors';
import { findNatsServer, type FetchRelease } from './nats-binary.js';
import { RELEASE } from './official-release.js';

const program = async (file: string, script: string): Promise<void> => {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
};
const server = (file: string, version: string): Promise<void> => program(file, `echo "nats-server: v${version}"`);

describe('nats-server is taken', () => {
  let root: string;
  let path: string;
  let tools: string;
  const said: string[] = [];
  const unreachable = () => Promise.resolve(false);
  const find = (official: FetchRelease = unreachable) =>
    findNatsServer(path, tools, (line) => said.push(line), official);
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cairn-binary-'));
    [path, tools] = [join(root, 'bin'), join(root, 'tools')];
    said.length = 0;
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  /** An apt that has one package, made by the real dpkg-deb. */
  const offerPackage = async (): Promise<void> => {
    const content = join(root, 'package');
    await server(join(content, 'usr/sbin/nats-server'), '2.10.24');
    await mkdir(join(content, 'DEBIAN'));
    const control =
      'Package: nats-server\nVersion: 1\nArchitecture: all\nMaintainer: T <t@localhost>\nDescription: test\n';
    await writeFile(join(content, 'DEBIAN/control'), control);
    const file = join(root, 'nats-server_1_all.deb');
    await promisify(execFile)('dpkg-deb', ['-b', content, file]);
    await program(join(path, 'apt-get'), `case "$*" in *download\\ nats-server) exec /bin/cp ${file} . ;; esac`);
    for (const name of ['dpkg-deb', 'tar', 'rm', 'sh']) {
      const { stdout } = await promisify(execFile)('which', [name]);
      await symlink(stdout.trim(), join(path, name));
    }
  };

  it('from the search path first', async () => {
    await server(join(path, 'nats-server'), '2.10.25');
    await server(join(tools, 'usr/sbin/nats-server'), '2.10.24');
    expect(await find()).toEqual({ file: join(path, 'nats-server'), version: '2.10.25' });
  });

  it('from what was fetched before, when the one on the path is too old', async () => {
    await server(join(path, 'nats-server'), '2.8.4');
    await server(join(tools, 'usr/sbin/nats-server'), '2.10.24');
    expect(await find()).toMatchObject({ version: '2.10.24' });
  });

  it('from the official release, before Debian is asked, and once', async () => {
    await offerPackage();
    const fetchOnce: FetchRelease = async (target) => {
      await server(target, RELEASE.version);
      return true;
    };
    const released = { file: join(tools, `nats-server-${RELEASE.version}`), version: RELEASE.version };
    expect(await find(fetchOnce)).toEqual(released);
    expect(await find()).toEqual(released);
    expect(said).toEqual([`fetching nats-server ${RELEASE.version} …`]);
  });

  it('from Debian, once, saying so', async () => {
    await offerPackage();
    expect(await find()).toEqual({ file: join(tools, 'usr/sbin/nats-server'), version: '2.10.24' });
    expect(said).toEqual([`fetching nats-server ${RELEASE.version} …`, 'fetching nats-server (apt-get download) …']);
    await rm(join(path, 'apt-get'));
    expect(await find()).toMatchObject({ version: '2.10.24' });
  });

  it('from nowhere: says what to do', async () => {
    await expect(find()).rejects.toThrow(NatsServerMissing);
    await server(join(path, 'nats-server'), '2.2.0');
    await expect(find()).rejects.toThrow(/2\.2\.0, too old.*install version/);
  });

  it('not from Debian when that fails', async () => {
    await offerPackage();
    await program(join(path, 'apt-get'), 'exit 100');
    await expect(find()).rejects.toThrow(/apt-get could not download it/);
  });
});
