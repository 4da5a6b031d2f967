import Docker from 'dockerode';
import { randomBytes } from 'node:crypto';
import { EngineUnavailable, ImageUnavailable } from '#errors';
import { parseDockerHost, type DockerAddress } from './docker-address.js';
import { DockerExecutor } from './docker-executor.js';
import { describeExecutor } from './executor.contract.js';
import { BUSYBOX_IMAGE, DEBIAN_IMAGE, makeTestImages, NO_SHELL_IMAGE, USER_IMAGE } from './test-images.js';

const docker = new Docker({ socketPath: '/var/run/docker.sock' });
const address = parseDockerHost() as DockerAddress;
const runner = `test${randomBytes(4).toString('hex')}`;
const makeExecutor = (): DockerExecutor => new DockerExecutor({ address, runner });

const leftovers = async (slot: string): Promise<string[]> => {
  const filters = { label: [`cairn.slot=${slot}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const { Volumes } = await docker.listVolumes({ filters });
  return [...containers.map(({ Id }) => Id), ...(Volumes ?? []).map(({ Name }) => Name)];
};

beforeAll(() => makeTestImages(docker), 60_000);

describeExecutor('DockerExecutor with busybox', makeExecutor, {
  image: BUSYBOX_IMAGE,
  bash: false,
  refusesForks: false,
  adopts: true,
  leftovers,
});

describeExecutor('DockerExecutor with dash and bash', makeExecutor, {
  image: DEBIAN_IMAGE,
  bash: true,
  refusesForks: false,
  adopts: true,
  leftovers,
});

describeExecutor('DockerExecutor with an image of another user', makeExecutor, {
  image: USER_IMAGE,
  bash: false,
  refusesForks: false,
  adopts: true,
  leftovers,
});

describe('DockerExecutor', () => {
  const specOf = (image: string) => ({
    slot: `t${randomBytes(6).toString('hex')}`,
    image,
    environment: {},
    fork: false,
  });

  it("says in the engine's own words why an image cannot be had, and leaves nothing", async () => {
    const lines: string[] = [];
    const spec = specOf('cairn.invalid/no/such-image:1');
    const failure = await makeExecutor()
      .create(spec, (line) => lines.push(line))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ImageUnavailable);
    expect(lines[0]).toBe('pulling image cairn.invalid/no/such-image:1');
    const words = lines.at(-1) ?? '';
    expect(words).toMatch(/cairn\.invalid/);
    expect((failure as Error).message).toContain(words);
    expect(await leftovers(spec.slot)).toEqual([]);
  });

  it.each(['a/UPPER', '--privileged', '../../etc', 'a/../b', 'a?b=c', 'a#b', 'a b', 'a:b:c', ''])('refuses %j as an image', async (image) => {
    await expect(makeExecutor().create(specOf(image), () => undefined)).rejects.toThrow(ImageUnavailable);
  });

  it('says that an image has no shell, and leaves nothing', async () => {
    const spec = specOf(NO_SHELL_IMAGE);
    const creation = makeExecutor().create(spec, () => undefined);
    await expect(creation).rejects.toThrow(ImageUnavailable);
    await expect(creation).rejects.toThrow(/\/bin\/sh.*No such file/);
    expect(await leftovers(spec.slot)).toEqual([]);
  });

  it('says where no engine answers', async () => {
    const nowhere = parseDockerHost('unix:///nowhere/docker.sock') as DockerAddress;
    const executor = new DockerExecutor({ address: nowhere, runner });
    expect(await executor.unavailable()).toMatch(
      /^Docker does not answer at unix:\/\/\/nowhere\/docker\.sock: .*ENOENT/,
    );
    await expect(executor.create(specOf(BUSYBOX_IMAGE), () => undefined)).rejects.toThrow(EngineUnavailable);
    await expect(executor.adopt(specOf(BUSYBOX_IMAGE))).rejects.toThrow(EngineUnavailable);
  });

  it('names the memory when it ran out, and a container that was removed from outside', async () => {
    const executor = new DockerExecutor({ address, runner, limits: { memoryBytes: 32 * 1024 * 1024 } });
    const sandbox = await executor.create(specOf(BUSYBOX_IMAGE), () => undefined);
    const removed = sandbox.run({ number: 1, script: 'echo up; sleep 1000', environment: {} });
    await removed.accepted;
    await docker.getContainer(`cairn-${runner}-${sandbox.slot}`).remove({ force: true });
    await expect(removed.exit).rejects.toThrow(/removed from outside|signal 9/);
    await sandbox.remove();
  });

  it('gives a job few powers: no capabilities but the listed, no new privileges, limits, one mount, own network', async () => {
    const executor = new DockerExecutor({ address, runner, limits: { pids: 321 } });
    const spec = specOf(BUSYBOX_IMAGE);
    const sandbox = await executor.create(spec, () => undefined);
    const { HostConfig, Mounts, NetworkSettings } = await docker.getContainer(`cairn-${runner}-${spec.slot}`).inspect();
    const network = (await docker.getNetwork('cairn').inspect()) as { Options: Record<string, string> };
    const status = sandbox.run({ number: 1, script: 'grep -E "CapEff|NoNewPrivs" /proc/self/status', environment: {} });
    let output = '';
    for await (const bytes of status.output) output += bytes.toString();
    expect(output).toMatch(/^CapEff:\s+00000000000000fb\nNoNewPrivs:\s+1\n$/);
    expect(HostConfig).toMatchObject({ Privileged: false, PidsLimit: 321, CpuQuota: 200_000, Binds: null });
    expect(Mounts.map(({ Type, Destination }) => [Type, Destination])).toEqual([['volume', '/cairn/workspace']]);
    expect(Object.keys(NetworkSettings.Networks)).toEqual(['cairn']);
    expect(network.Options['com.docker.network.bridge.enable_icc']).toBe('false');
    await sandbox.remove();
  });
});
