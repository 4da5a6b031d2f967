import type Docker from 'dockerode';

/**
 * Traffic between the containers on it is off: jobs reach the outside, not one another. On 20.10 it costs each start 12
 * processes, one of dockerd's for a name server and 11 of iptables: 50 ms and more. Only the default bridge has none, and
 * there containers reach one another unless the engine was started with `--icc=false`.
 */
export const SHARED_NETWORK = 'cairn';

/**
 * The id of the engine's network of that name, which is made where it is missing. Runners that make it at the same time each
 * get one, as the engine does not look for long enough: then the oldest is taken, and each takes its own away again. Known by
 * its id, since the engine refuses a name that two have.
 */
export const sharedNetwork = async (docker: Docker, name = SHARED_NETWORK): Promise<string> => {
  const oldest = async (): Promise<string | undefined> => {
    const found = await docker.listNetworks({ filters: { name: [name] } });
    const [first] = found
      .filter(({ Name }) => Name === name) // the filter takes names that have it in them, too
      .sort((a, b) => Date.parse(a.Created) - Date.parse(b.Created) || (a.Id < b.Id ? -1 : 1));
    return first?.Id;
  };
  const known = await oldest();
  if (known !== undefined) return known;
  const made = await docker.createNetwork({
    Name: name,
    Driver: 'bridge',
    Options: { 'com.docker.network.bridge.enable_icc': 'false' },
    Labels: { 'cairn.network': 'shared' },
  });
  const chosen = (await oldest()) ?? made.id;
  if (chosen !== made.id) await made.remove();
  return chosen;
};
