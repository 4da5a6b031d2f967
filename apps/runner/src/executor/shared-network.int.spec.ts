import Docker from 'dockerode';
import { randomBytes } from 'node:crypto';
import { parseDockerHost, type DockerAddress } from './docker-address.js';
import { sharedNetwork } from './shared-network.js';

describe('the network that jobs share', () => {
  const { text: _, ...target } = parseDockerHost(process.env['DOCKER_HOST']) as DockerAddress;
  const docker = new Docker(target);
  const name = `cairn-test-${randomBytes(6).toString('hex')}`;
  const ids = async (): Promise<string[]> =>
    (await docker.listNetworks({ filters: { name: [name] } })).filter(({ Name }) => Name === name).map(({ Id }) => Id);

  afterEach(async () => {
    for (const id of await ids()) await docker.getNetwork(id).remove();
  });

  it('can be used by all runners that make it at the same time, and is one for those that come after', async () => {
    const used = await Promise.all(Array.from({ length: 8 }, () => sharedNetwork(docker, name)));
    const there = await ids();
    for (const id of used) expect(there).toContain(id);
    const [one, two] = await Promise.all([sharedNetwork(docker, name), sharedNetwork(docker, name)]);
    expect(one).toBe(two);
  });

  it('is taken as it is found, also when its name is had twice', async () => {
    for (let n = 0; n < 2; n += 1) await docker.createNetwork({ Name: name, Driver: 'bridge', CheckDuplicate: false });
    const created = await Promise.all((await ids()).map((id) => docker.getNetwork(id).inspect()));
    const [oldest] = created.sort((a, b) => Date.parse(a.Created) - Date.parse(b.Created));
    expect(await sharedNetwork(docker, name)).toBe(oldest?.Id);
    expect(await ids()).toHaveLength(2);
  });
});
