import { jest } from '@jest/globals';
import Docker from 'dockerode';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '#testing';
import { finish, step } from './steps.contract.js';
import { parseDockerHost, type DockerAddress } from './docker-address.js';
import { DockerExecutor, type DockerExecutorSettings } from './docker-executor.js';
import type { Sandbox, SandboxWish } from './executor.js';
import { BUSYBOX_IMAGE, DEBIAN_IMAGE, makeTestImages } from './test-images.js';

// Other tests may be running on the same cores.
jest.setTimeout(60_000);

const docker = new Docker({ socketPath: '/var/run/docker.sock' });
const GIB = 1024 ** 3;

describe('containers that are started ahead', () => {
  const runner = `test${randomBytes(4).toString('hex')}`;
  /** Of this test alone: what it stands for changes. */
  const moving = `cairn-test-moving-${runner}`;
  let directory: string;
  let made: DockerExecutor[];
  let warnings: string[];

  const executor = (count = 1, settings: Partial<DockerExecutorSettings> = {}): DockerExecutor => {
    const ahead = { count, file: join(directory, 'recent.json'), warn: (line: string) => void warnings.push(line) };
    const it = new DockerExecutor({ address: parseDockerHost() as DockerAddress, runner, ahead, ...settings });
    made.push(it);
    return it;
  };
  const wish = (image = BUSYBOX_IMAGE, more: Partial<SandboxWish> = {}): SandboxWish => ({
    image,
    environment: {},
    fork: false,
    ...more,
  });
  const begin = async (of: DockerExecutor, wanted: SandboxWish): Promise<Sandbox> =>
    of.create({ ...wanted, slot: of.slotFor(wanted) }, () => undefined);
  /** Slots of this runner's containers, those that run. */
  const running = async (): Promise<readonly string[]> => {
    const filters = { label: [`cairn.runner=${runner}`], status: ['running'] };
    return (await docker.listContainers({ filters })).map(({ Labels }) => Labels['cairn.slot'] ?? '').sort();
  };
  const leftovers = async (): Promise<readonly string[]> => {
    const filters = { label: [`cairn.runner=${runner}`] };
    const { Volumes } = await docker.listVolumes({ filters });
    return [
      ...(await docker.listContainers({ all: true, filters })).map(({ Names }) => Names.join()),
      ...(Volumes ?? []).map(({ Name }) => Name),
    ];
  };
  /** Which of these slots wait: a place is given out only when its shell has said that it is ready. */
  const waiting = (count: number, but: readonly Sandbox[] = []): Promise<readonly string[]> =>
    eventually(
      async () => (await running()).filter((slot) => !but.some((sandbox) => sandbox.slot === slot)),
      (slots) => slots.length === count,
    );
  /** Until the executor has a place of its own accord. */
  const claimed = (of: DockerExecutor, wanted: SandboxWish, among: readonly string[]): Promise<string> =>
    eventually(
      () => Promise.resolve(of.slotFor(wanted)),
      (slot) => among.includes(slot),
    );

  /** The slot of the first that it has started ahead, for a job that wants this. */
  const firstOf = async (it: DockerExecutor, wanted = wish()): Promise<string> => {
    await it.open();
    await (await begin(it, wish(wanted.image, { environment: { EARLIER: 'x' } }))).remove();
    return claimed(it, wanted, await waiting(1));
  };

  beforeAll(() => makeTestImages(docker), 60_000);
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-ahead-'));
    [made, warnings] = [[], []];
  });
  afterEach(async () => {
    for (const each of made) await each.close();
    await executor(0).reap(new Set());
    await docker
      .getImage(`${moving}:1`)
      .remove()
      .catch(() => undefined);
    expect(await leftovers()).toEqual([]);
    await rm(directory, { recursive: true });
  });

  it('wait for the next jobs of an image that a job has used, each for one', async () => {
    const it = executor(2);
    await it.open();
    const first = await begin(it, wish());
    const ahead = await waiting(2, [first]);
    const slots = [await claimed(it, wish(), ahead)];
    slots.push(await claimed(it, wish(), ahead));
    expect(slots.sort()).toEqual(ahead);
    expect(ahead).not.toContain(it.slotFor(wish()));
    const jobs = await Promise.all(slots.map((slot) => it.create({ ...wish(), slot }, () => undefined)));
    const outputs = await Promise.all(jobs.map((job) => finish(job, step('ls -A; touch mine; hostname'))));
    expect(new Set(outputs.map(({ output }) => output)).size).toBe(2);
    for (const { output } of outputs) expect(output.trim().split('\n')).toHaveLength(1); // it was empty
    await Promise.all([first, ...jobs].map((job) => job.remove()));
    expect((await waiting(2)).filter((slot) => slots.includes(slot))).toEqual([]);
  });

  it('know nothing of a job until it comes, and then all of its environment', async () => {
    const it = executor();
    const wanted = wish(BUSYBOX_IMAGE, { environment: { JOB: 'it is' } });
    const slot = await firstOf(it, wanted);
    const job = await it.create({ ...wanted, slot }, () => undefined);
    expect((await finish(job, step('echo "<$JOB><$EARLIER>"'))).output).toBe('<it is><>\n');
    await job.remove();
  });

  it('are adopted with their jobs by a process that comes after', async () => {
    const it = executor();
    const slot = await firstOf(it);
    const wanted = wish(BUSYBOX_IMAGE, { environment: { JOB: 'kept' } });
    const job = await it.create({ ...wanted, slot }, () => undefined);
    await finish(job, step('echo one >file'));
    await job.detach();
    const successor = executor();
    await successor.reap(new Set([slot]));
    const again = await successor.adopt({ ...wanted, slot });
    expect((await finish(again as Sandbox, step('cat file; echo $JOB', 2))).output).toBe('one\nkept\n');
    await again?.remove();
  });

  it('get the limits that the job asks for', async () => {
    const it = executor();
    const slot = await firstOf(it);
    const resources = { cpus: 0.5, memoryBytes: GIB };
    const job = await it.create({ ...wish(BUSYBOX_IMAGE, { resources }), slot }, () => undefined);
    const { HostConfig } = await docker.getContainer(`cairn-${runner}-${slot}`).inspect();
    expect(HostConfig).toMatchObject({ Memory: GIB, MemorySwap: GIB, CpuQuota: 50_000, CpuPeriod: 100_000 });
    expect(job.slot).toBe(slot);
    await job.remove();
  });

  it('are not used when the name of the image stands for another meanwhile', async () => {
    const name = async (image: string): Promise<void> =>
      void (await docker.getImage(image).tag({ repo: moving, tag: '1' }));
    await name(BUSYBOX_IMAGE);
    const it = executor();
    const slot = await firstOf(it, wish(`${moving}:1`));
    await name(DEBIAN_IMAGE);
    const job = await it.create({ ...wish(`${moving}:1`), slot }, () => undefined);
    expect((await finish(job, step('[ -e /bin/busybox ] || echo debian'))).output).toBe('debian\n');
    await job.remove();
  });

  it('are replaced when they have ended', async () => {
    const it = executor();
    const slot = await firstOf(it);
    await docker.getContainer(`cairn-${runner}-${slot}`).remove({ force: true });
    const job = await it.create({ ...wish(), slot }, () => undefined);
    expect((await finish(job, step('echo fine'))).output).toBe('fine\n');
    await job.remove();
  });

  it('are for the images of an earlier life of the runner, whose containers are gone', async () => {
    const earlier = executor();
    await earlier.open();
    await (await begin(earlier, wish())).remove();
    const [old = ''] = await waiting(1);
    await executor(0).reap(new Set()); // as after a `kill -9`
    expect(await running()).toEqual([]);
    const later = executor();
    await later.open();
    const [slot] = await waiting(1);
    expect(slot).not.toBe(old);
    await later.reap(new Set());
    expect(await running()).toEqual([slot]); // its own that wait are not left over
  });

  it('are removed when their job does not come after all, and when the runner stops', async () => {
    const it = executor(2);
    await it.open();
    await (await begin(it, wish())).remove();
    const ahead = await waiting(2);
    const slot = await claimed(it, wish(), ahead);
    await it.discard(slot);
    expect(await running()).not.toContain(slot);
    await it.close();
    expect(await leftovers()).toEqual([]);
    expect(ahead).not.toContain(it.slotFor(wish()));
  });

  it('are none when the setting says so', async () => {
    const it = executor(0);
    await it.open();
    await (await begin(it, wish())).remove();
    const another = executor(1); // which would have begun later
    await another.open();
    await (await begin(another, wish())).remove();
    await waiting(1);
  });

  it('are missing when they cannot be had, which is said once, and hurts no job', async () => {
    const ahead = { count: 1, file: '/dev/null/recent.json', warn: (line: string) => void warnings.push(line) };
    const it = executor(1, { ahead });
    await it.open();
    const job = await begin(it, wish());
    await eventually(
      () => warnings,
      (lines) => lines.length > 0,
    );
    const next = await begin(it, wish());
    expect((await finish(next, step('echo fine'))).output).toBe('fine\n');
    await Promise.all([job.remove(), next.remove()]);
    expect(warnings).toEqual([expect.stringMatching(/^no containers are started ahead: .*(EEXIST|ENOTDIR)/)]);
  });
});
