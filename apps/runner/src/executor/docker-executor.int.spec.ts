import { jest } from '@jest/globals';
import Docker from 'dockerode';
import { randomBytes } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { EngineUnavailable, ImageUnavailable, SandboxLost } from '#errors';
import { parseDockerHost, type DockerAddress } from './docker-address.js';
import { DockerExecutor } from './docker-executor.js';
import { describeExecutor } from './executor.contract.js';
import { encodeFrame } from './shell-protocol.js';
import { parseSubnets } from './subnets.js';
import {
  BUSYBOX_IMAGE,
  CHECKED_IMAGE,
  makeTestImages,
  NO_SHELL_IMAGE,
  USER_IMAGE,
  USERS_IMAGE,
} from './test-images.js';

// Other tests may be running on the same cores.
jest.setTimeout(60_000);

const docker = new Docker({ socketPath: '/var/run/docker.sock' });
const address = parseDockerHost() as DockerAddress;
const runner = `test${randomBytes(4).toString('hex')}`;
const makeExecutor = (): DockerExecutor => new DockerExecutor({ address, runner });

const leftovers = async (slot: string): Promise<string[]> => {
  const filters = { label: [`cairn.slot=${slot}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const { Volumes } = await docker.listVolumes({ filters });
  const networks = await docker.listNetworks({ filters });
  return [...containers, ...networks].map(({ Id }) => Id).concat((Volumes ?? []).map(({ Name }) => Name));
};

/** The engine at an address of its own, where it can go away and come back. */
class EngineProxy {
  readonly #sockets = new Set<Socket>();
  #server = this.server();
  #port = 0;
  /** All that the engine has said. */
  answers = '';

  static async start(): Promise<EngineProxy> {
    const proxy = new EngineProxy();
    await proxy.listen(0);
    return proxy;
  }

  get address(): DockerAddress {
    return parseDockerHost(`tcp://127.0.0.1:${this.#port}`) as DockerAddress;
  }

  takeNoMore(): void {
    this.#server.close();
  }

  goAway(): void {
    this.takeNoMore();
    this.#sockets.forEach((socket) => socket.destroy());
  }

  async comeBack(): Promise<void> {
    this.#server = this.server();
    await this.listen(this.#port);
  }

  private async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  private server(): Server {
    return createServer((client) => {
      const engine = connect('/var/run/docker.sock');
      engine.on('data', (bytes) => (this.answers += bytes.toString('latin1')));
      for (const socket of [client, engine]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
      }
      client.pipe(engine).pipe(client);
    });
  }
}

beforeAll(() => makeTestImages(docker), 60_000);

const mates = { other: USERS_IMAGE, bash: USERS_IMAGE, service: BUSYBOX_IMAGE, checked: CHECKED_IMAGE };

describeExecutor('DockerExecutor with busybox', makeExecutor, {
  mates,
  image: BUSYBOX_IMAGE,
  shell: 'sh',
  unmakeable: { image: 'cairn.invalid/no/such-image:1' },
  refusesForks: false,
  adopts: true,
  leftovers,
});

describeExecutor('DockerExecutor with dash and bash', makeExecutor, {
  image: USERS_IMAGE,
  mates: { ...mates, other: USER_IMAGE },
  shell: 'bash',
  unmakeable: { image: 'cairn.invalid/no/such-image:1' },
  refusesForks: false,
  adopts: true,
  leftovers,
});

describeExecutor('DockerExecutor with an image of another user', makeExecutor, {
  image: USER_IMAGE,
  mates,
  shell: 'sh',
  unmakeable: { image: 'cairn.invalid/no/such-image:1' },
  refusesForks: false,
  adopts: true,
  leftovers,
});

describe('DockerExecutor', () => {
  afterAll(() => makeExecutor().reap(new Set()));
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

  it.each(['a/UPPER', '--privileged', '../../etc', 'a/../b', 'a?b=c', 'a#b', 'a b', 'a:b:c', ''])(
    'refuses %j as an image',
    async (image) => {
      await expect(makeExecutor().create(specOf(image), () => undefined)).rejects.toThrow(ImageUnavailable);
    },
  );

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

  it('works with an engine at a TCP address, and is refused nothing by it', async () => {
    const proxy = await EngineProxy.start();
    const executor = new DockerExecutor({ address: proxy.address, runner });
    expect(await executor.unavailable()).toBeUndefined();
    const sandbox = await executor.create(specOf(BUSYBOX_IMAGE), () => undefined);
    const running = sandbox.run({ number: 1, script: 'echo over TCP; exit 2', environment: {} });
    let output = '';
    for await (const bytes of running.output) output += bytes.toString();
    expect([output, await running.exit]).toEqual(['over TCP\n', { code: 2, wrote: false }]);
    await sandbox.remove();
    expect(proxy.answers).toMatch(/HTTP\/1\.1 204/);
    expect(proxy.answers).not.toMatch(/HTTP\/1\.1 409/);
    proxy.goAway();
  });

  it('names an engine that broke off in the middle of a step, and removes what is left once it is back', async () => {
    const proxy = await EngineProxy.start();
    const executor = new DockerExecutor({ address: proxy.address, runner });
    const sandbox = await executor.create(specOf(BUSYBOX_IMAGE), () => undefined);
    const running = sandbox.run({ number: 1, script: 'echo up; sleep 1000', environment: {} });
    await running.accepted;
    proxy.goAway();
    await expect(running.exit).rejects.toThrow(EngineUnavailable);
    await expect(running.exit).rejects.toThrow(/it broke off while the job ran: /);
    await expect(sandbox.remove()).rejects.toThrow(EngineUnavailable);
    await expect(executor.sweep()).rejects.toThrow(EngineUnavailable);
    expect(await leftovers(sandbox.slot)).toHaveLength(2);
    await proxy.comeBack();
    await executor.sweep();
    expect(await leftovers(sandbox.slot)).toEqual([]);
    proxy.goAway();
    await executor.sweep(); // nothing is owed: the engine is not asked
  });

  it('removes what it still owes the engine when no more jobs come', async () => {
    const proxy = await EngineProxy.start();
    const executor = new DockerExecutor({ address: proxy.address, runner });
    const sandbox = await executor.create(specOf(BUSYBOX_IMAGE), () => undefined);
    proxy.goAway();
    await expect(sandbox.remove()).rejects.toThrow(EngineUnavailable);
    await proxy.comeBack();
    await executor.close();
    expect(await leftovers(sandbox.slot)).toEqual([]);
    proxy.goAway();
  });

  it('names an engine that was stopped, although it answers on connections that are open', async () => {
    const proxy = await EngineProxy.start();
    const executor = new DockerExecutor({ address: proxy.address, runner });
    const sandbox = await executor.create(specOf(BUSYBOX_IMAGE), () => undefined);
    const running = sandbox.run({ number: 1, script: 'echo up; sleep 1000', environment: {} });
    await running.accepted;
    await sandbox.exchange(); // leaves a connection open
    proxy.takeNoMore();
    await docker.getContainer(`cairn-${runner}-${sandbox.slot}`).kill();
    await expect(running.exit).rejects.toThrow(
      /^the container engine is not available: it broke off while the job ran/,
    );
    proxy.goAway();
  });

  it('does not keep an engine waiting that is told to stop', async () => {
    const { slot } = await makeExecutor().create(specOf(BUSYBOX_IMAGE), () => undefined);
    const container = docker.getContainer(`cairn-${runner}-${slot}`);
    await container.stop({ t: 1000 });
    expect((await container.inspect()).State.ExitCode).toBe(137);
  });

  it('says so when the container was removed from outside', async () => {
    const sandbox = await makeExecutor().create(specOf(BUSYBOX_IMAGE), () => undefined);
    const running = sandbox.run({ number: 1, script: 'echo up; sleep 1000', environment: {} });
    await running.accepted;
    await docker.getContainer(`cairn-${runner}-${sandbox.slot}`).remove({ force: true });
    await expect(running.exit).rejects.toThrow(SandboxLost);
    await expect(running.exit).rejects.toThrow(/removed from outside|signal 9/);
    await sandbox.remove();
  });

  it('keeps a step within its memory, and names it when the kernel takes the shell instead', async () => {
    const executor = new DockerExecutor({ address, runner, limits: { memoryBytes: 32 * 1024 * 1024 } });
    const sandbox = await executor.create(specOf(BUSYBOX_IMAGE), () => undefined);
    const greedy = 'x=$(head -c 100000000 /dev/zero | tr "\\0" x); echo ${#x}';
    const end = await sandbox.run({ number: 1, script: greedy, environment: {} }).exit.catch((error: unknown) => error);
    // Which process of the container has to go is the kernel's choice: mostly the step's, now and then the shell.
    if (end instanceof SandboxLost) expect(end.message).toMatch(/ran out of memory/);
    else {
      expect(end).toMatchObject({ code: 137, shortage: 'memory' });
      expect(await sandbox.run({ number: 2, script: 'exit 6', environment: {} }).exit).toMatchObject({ code: 6 });
    }
    await sandbox.remove();
  });

  it('survives a step that forks until nothing is left', async () => {
    const executor = new DockerExecutor({ address, runner, limits: { pids: 60 } });
    const sandbox = await executor.create(specOf(BUSYBOX_IMAGE), () => undefined);
    const bomb = sandbox.run({ number: 1, script: 'f() { f | f & }; f; sleep 1; exit 3', environment: {} });
    for await (const bytes of bomb.output) expect(bytes.length).toBeGreaterThan(0);
    const end = await bomb.exit;
    expect(end.code).not.toBe(0);
    expect(end.shortage).toBe('processes');
    const next = await sandbox.run({ number: 2, script: 'exit 6', environment: {} }).exit;
    expect(next).toEqual({ code: 6, wrote: false });
    await sandbox.remove();
  });

  it('says that the disk is full', async () => {
    const spec = specOf(BUSYBOX_IMAGE);
    // A volume of this name is taken as it is: one MiB, in memory.
    const DriverOpts = { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' };
    await docker.createVolume({ Name: `cairn-${runner}-${spec.slot}`, Driver: 'local', DriverOpts });
    const sandbox = await makeExecutor().create(spec, () => undefined);
    const fill = { number: 1, script: 'head -c 2000000 /dev/zero >file', environment: {} };
    expect(await sandbox.run(fill).exit).toMatchObject({ code: 1, shortage: 'disk' });
    const after = { number: 2, script: 'rm file; [ "$(ls -a)" = ". .." ] || ls -a; exit 3', environment: {} };
    expect(await sandbox.run(after).exit).toEqual({ code: 3, wrote: false });
    await sandbox.remove();
  });

  it('gives what the job asks for, up to the ceiling, and says what it does not get', async () => {
    const executor = new DockerExecutor({ address, runner, ceilings: { memoryBytes: 64 * 1024 * 1024 } });
    const resources = { cpus: 0.5, memoryBytes: 1024 ** 3 };
    const lines: string[] = [];
    const sandbox = await executor.create({ ...specOf(BUSYBOX_IMAGE), resources }, (line) => lines.push(line));
    const { HostConfig } = await docker.getContainer(`cairn-${runner}-${sandbox.slot}`).inspect();
    expect(HostConfig).toMatchObject({ CpuQuota: 50_000, Memory: 64 * 1024 * 1024, MemorySwap: 64 * 1024 * 1024 });
    expect(lines).toEqual(['the job asks for 1024 MiB of memory and gets 64 MiB of memory: the limit of this runner']);
    await sandbox.remove();
  });

  it.each([
    ['of which a dead sender left half a frame', (frame: Buffer) => [frame.subarray(0, frame.length / 2)]],
    ['that was sent twice before', (frame: Buffer) => [frame, frame]],
    ['whose newline a dead sender did not send', (frame: Buffer) => [frame.subarray(0, -1)]],
  ])('runs a step once %s', async (_, left) => {
    const spec = specOf(BUSYBOX_IMAGE);
    const sandbox = await makeExecutor().create(spec, () => undefined);
    await sandbox.detach();
    const container = docker.getContainer(`cairn-${runner}-${spec.slot}`);
    const nonce = (await container.inspect()).Config.Labels['cairn.nonce'] ?? '';
    const command = { number: 1, script: 'echo run >>runs; cat runs', environment: {} };
    const frame = encodeFrame(nonce, command);
    for (const bytes of left(frame)) {
      const socket = await container.attach({ stream: true, stdin: true, hijack: true });
      await new Promise((resolve) => socket.end(bytes, () => resolve(undefined)));
    }
    const successor = await makeExecutor().adopt(spec);
    const again = successor?.run(command);
    let output = '';
    for await (const bytes of again?.output ?? []) output += bytes.toString();
    expect(output).toBe('run\n');
    expect(await again?.exit).toMatchObject({ code: 0 });
    const next = successor?.run({ number: 2, script: '[ "$(cat runs)" = run ]', environment: {} });
    expect(await next?.exit).toMatchObject({ code: 0 });
    await successor?.remove();
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

  const services = [
    {
      name: 'plain',
      image: BUSYBOX_IMAGE,
      environment: {},
      command: ['sh', '-c', 'grep CapEff /proc/1/status; sleep 1000'],
    },
  ];

  it('gives services no more powers, within the same amounts', async () => {
    const executor = new DockerExecutor({ address, runner, limits: { pids: 321 } });
    const sandbox = await executor.create({ ...specOf(BUSYBOX_IMAGE), services }, () => undefined);
    await sandbox.servicesReady(new AbortController().signal);
    await sandbox.endServices();
    let text = '';
    for await (const bytes of sandbox.services[0]?.output ?? []) text += bytes.toString();
    expect(text).toMatch(/^CapEff:\s+00000000000000fb\n$/);
    const { HostConfig, Mounts } = await docker.getContainer(`cairn-${runner}-${sandbox.slot}-plain`).inspect();
    expect([HostConfig.PidsLimit, HostConfig.Privileged, Mounts]).toEqual([321, false, []]);
    await sandbox.remove();
  });

  it('keeps the addresses that tell the secrets of a machine from jobs, steps and services', async () => {
    const spec = { ...specOf(USERS_IMAGE), stepImages: [BUSYBOX_IMAGE], services: services.slice(0, 1) };
    const sandboxes = [
      await makeExecutor().create(spec, () => undefined),
      await makeExecutor().create(specOf(USERS_IMAGE), () => undefined),
    ];
    const routes =
      'grep -A1 "169.254.169.254$" /proc/net/fib_trie | grep -c "host LOCAL"; grep -c FEA9 /proc/net/route; grep -v " lo$" /proc/net/if_inet6; true';
    for (const sandbox of sandboxes) {
      const images = sandbox === sandboxes[0] ? [undefined, BUSYBOX_IMAGE] : [undefined];
      for (const [index, image] of images.entries()) {
        const running = sandbox.run({
          number: index + 1,
          script: routes,
          environment: {},
          ...(image ? { image } : {}),
        });
        let output = '';
        for await (const bytes of running.output) output += bytes.toString();
        expect(output).toBe('2\n1\n');
      }
      const ask = { number: 5, script: 'exec 3<>/dev/tcp/169.254.169.254/80', environment: {} };
      const running = sandbox.run(ask);
      let output = '';
      for await (const bytes of running.output) output += bytes.toString();
      expect(output).toMatch(/169\.254\.169\.254.*Connection refused/);
      await sandbox.remove();
    }
  });

  it('cuts networks from its subnets, and says when none is left', async () => {
    const subnets = parseSubnets('10.213.7.0/28') ?? [];
    const executor = new DockerExecutor({ address, runner, subnets });
    const spec = { ...specOf(BUSYBOX_IMAGE), services: services.slice(0, 1) };
    const sandbox = await executor.create(spec, () => undefined);
    const network = (await docker.getNetwork(`cairn-${runner}-${spec.slot}`).inspect()) as {
      IPAM: { Config: unknown };
    };
    expect(network.IPAM.Config).toMatchObject([{ Subnet: '10.213.7.0/28' }]);
    const second = { ...specOf(BUSYBOX_IMAGE), services: services.slice(0, 1) };
    await expect(executor.create(second, () => undefined)).rejects.toThrow(/every network of CAIRN_DOCKER_SUBNETS/);
    expect(await leftovers(second.slot)).toEqual([]);
    await sandbox.remove();
    expect(await leftovers(spec.slot)).toEqual([]);
  });

  it('names the image of a step or service that cannot be had, before any step', async () => {
    const gone = 'cairn.invalid/no/such:1';
    for (const more of [{ stepImages: [gone] }, { services: [{ name: 'db', image: gone, environment: {} }] }]) {
      const spec = { ...specOf(BUSYBOX_IMAGE), ...more };
      await expect(makeExecutor().create(spec, () => undefined)).rejects.toThrow(/image cairn\.invalid\/no\/such:1/);
      expect(await leftovers(spec.slot)).toEqual([]);
    }
    const spec = { ...specOf(BUSYBOX_IMAGE), stepImages: [NO_SHELL_IMAGE] };
    await expect(makeExecutor().create(spec, () => undefined)).rejects.toThrow(/cairn-test-no-shell:1.*\/bin\/sh/);
    expect(await leftovers(spec.slot)).toEqual([]);
  });
});
