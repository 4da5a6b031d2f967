import { jest } from '@jest/globals';
import Docker from 'dockerode';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageUnavailable, SandboxDetached } from '#errors';
import { eventually } from '#testing';
import { parseDockerHost, type DockerAddress } from './docker-address.js';
import { DockerExecutor } from './docker-executor.js';
import type { SandboxSpec } from './executor.js';
import type { PullPolicy } from './image-pulls.js';
import { BUSYBOX_IMAGE, makeTestImages } from './test-images.js';
import { REGISTRY_USER, TestRegistry } from './test-registry.js';

jest.setTimeout(60_000);

const docker = new Docker({ socketPath: '/var/run/docker.sock' });
const address = parseDockerHost() as DockerAddress;
const runner = `test${randomBytes(4).toString('hex')}`;

describe('images of a registry that asks who you are', () => {
  let registry: TestRegistry;
  let directory: string;
  let authFile: string;
  const images: string[] = [];

  beforeAll(async () => {
    await makeTestImages(docker);
    directory = await mkdtemp(join(tmpdir(), 'cairn-registry-'));
    registry = await TestRegistry.start(directory);
    authFile = join(directory, 'config.json');
    await writeFile(authFile, JSON.stringify({ auths: { [registry.host]: { auth: btoa(REGISTRY_USER.join(':')) } } }));
    await chmod(authFile, 0o600);
  }, 60_000);
  afterAll(async () => {
    await executorWith('missing').reap(new Set());
    for (const image of images)
      await docker
        .getImage(image)
        .remove({ force: true })
        .catch(() => undefined);
    await registry.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const executorWith = (pull: PullPolicy, registryAuthFile: string | undefined = authFile): DockerExecutor =>
    new DockerExecutor({ address, runner, pull, ...(registryAuthFile ? { registryAuthFile } : {}) });
  /** In the registry, and not at the engine. */
  const publish = async (): Promise<string> => {
    const image = await registry.publish(docker, BUSYBOX_IMAGE);
    images.push(image);
    return image;
  };
  const create = async (executor: DockerExecutor, image: string): Promise<string[]> => {
    const lines: string[] = [];
    const slot = `t${randomBytes(6).toString('hex')}`;
    const sandbox = await executor.create({ slot, image, environment: {}, fork: false }, (line) => lines.push(line));
    await sandbox.remove();
    return lines;
  };

  it('are pulled with the login of the file, told line by line, and only when they are missing', async () => {
    const [image, executor] = [await publish(), executorWith('missing')];
    const lines = await create(executor, image);
    expect(lines[0]).toBe(`pulling image ${image}`);
    expect(lines.join('\n')).toMatch(/Pull complete[^]*Downloaded newer image/);
    expect(await create(executor, image)).toEqual([]);
  });

  it('are refused without a login, with the words of the engine', async () => {
    const image = await publish();
    const other = join(directory, 'other.json');
    await writeFile(other, JSON.stringify({ auths: { 'registry.example.org': { auth: btoa('a:b') } } }));
    const failure = await create(executorWith('missing', other), image).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ImageUnavailable);
    expect((failure as Error).message).toMatch(/no basic auth credentials|unauthorized/);
  });

  it('are pulled once for all who want them at the same time, each of whom is told', async () => {
    const [image, executor] = [await publish(), executorWith('missing')];
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => create(executor, image)));
    expect(first?.filter((line) => line.includes('Pull complete')).length).toBeGreaterThan(0);
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    expect(await registry.pullsOf(image)).toBe(1);
  });

  it('make room for one another, those that were not used for longest first', async () => {
    const [one, two, three] = [await publish(), await publish(), await publish()];
    const { Size } = await docker.getImage(BUSYBOX_IMAGE).inspect();
    const file = join(directory, 'pulled.json');
    const isThere = async (image: string): Promise<boolean> =>
      docker
        .getImage(image)
        .inspect()
        .then(
          () => true,
          () => false,
        );
    const executor = (): DockerExecutor =>
      new DockerExecutor({ address, runner, registryAuthFile: authFile, images: { limit: Size * 2.5, file } });
    const first = executor();
    for (const image of [one, two]) await create(first, image);
    await create(first, one);
    await first.close();
    const second = executor(); // knows them by the file
    await create(second, three);
    await second.close();
    expect(await Promise.all([one, two, three, BUSYBOX_IMAGE].map(isThere))).toEqual([true, false, true, true]);
  });

  describe('that come slowly', () => {
    const TOLD = new SandboxDetached('the job was told to end');
    beforeEach(() => registry.hold());
    afterEach(() => registry.release());

    const begin = (executor: DockerExecutor, image: string, more: Partial<SandboxSpec> = {}) => {
      const abort = new AbortController();
      const spec = { slot: `t${randomBytes(6).toString('hex')}`, image, environment: {}, fork: false, ...more };
      const made = executor.create(spec, () => undefined, abort.signal);
      made.catch(() => undefined);
      return { made, tellToEnd: () => abort.abort(TOLD) };
    };
    const held = (is: (count: number) => boolean) => eventually(() => registry.held, is);

    it.each([
      ['a job', {}],
      ['a job with more containers', { services: [{ name: 'db', image: BUSYBOX_IMAGE, environment: {} }] }],
    ])('are not waited for by %s that is told to end, and the engine gives the pull up', async (_, more) => {
      const image = await publish();
      const { made, tellToEnd } = begin(executorWith('missing'), image, more);
      await held((count) => count > 0);
      tellToEnd();
      await expect(made).rejects.toBe(TOLD);
      await held((count) => count === 0);
      expect(await docker.listContainers({ all: true, filters: { label: [`cairn.runner=${runner}`] } })).toEqual([]);
    });

    it('go on coming for the others that wait for them', async () => {
      const [image, executor] = [await publish(), executorWith('missing')];
      const [first, second] = [begin(executor, image), begin(executor, image)];
      await held((count) => count > 0);
      first.tellToEnd();
      await expect(first.made).rejects.toBe(TOLD);
      registry.release();
      await (await second.made).remove();
      expect(await registry.pullsOf(image)).toBe(1);
    });

    it('are pulled anew by whoever comes after the last has left', async () => {
      const [image, executor] = [await publish(), executorWith('missing')];
      const first = begin(executor, image);
      await held((count) => count > 0);
      first.tellToEnd();
      await expect(first.made).rejects.toBe(TOLD);
      registry.release();
      const second = begin(executor, image);
      await (await second.made).remove();
    });
  });

  it('are looked for anew by `always`, which shared pulls do not change', async () => {
    const [image, executor] = [await publish(), executorWith('always')];
    await create(executor, image);
    const again = await create(executor, image);
    expect(again.join('\n')).toContain('Image is up to date');
  });

  it('are not looked for by `never`', async () => {
    const image = await publish();
    await expect(create(executorWith('never'), image)).rejects.toThrow(/does not have it, and CAIRN_PULL is `never`/);
    expect(await create(executorWith('never'), BUSYBOX_IMAGE)).toEqual([]);
  });
});
