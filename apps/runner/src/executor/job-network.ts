import { EngineUnavailable } from '#errors';
import { RUNNER_LABEL, resourceName, SLOT_LABEL } from './docker-container.js';
import { statusOf, wordsOf, type DockerEngine } from './docker-engine.js';
import { freeSubnet, type Subnet } from './subnets.js';

/** Another runner of the same engine may be quicker with a subnet. */
const MAX_TRIES = 20;

/**
 * The networks of jobs with services, one for each. They are cut from the administrator's subnets, since those that the
 * engine would take by itself end at about thirty.
 */
export class JobNetworks {
  constructor(
    private readonly engine: DockerEngine,
    private readonly runner: string,
    private readonly pool: readonly Subnet[],
  ) {}

  /** Answers the network's name. @throws EngineUnavailable also when no subnet is left */
  async create(slot: string, containers: number): Promise<string> {
    const docker = await this.engine.client();
    const name = resourceName(this.runner, slot);
    const refused = new Set<string>();
    for (let tries = 1; ; tries += 1) {
      const used = (await docker.listNetworks()).flatMap(({ IPAM }) =>
        (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []),
      );
      const Subnet = freeSubnet(this.pool, [...used, ...refused], containers);
      if (Subnet === undefined)
        throw new EngineUnavailable(
          'every network of CAIRN_DOCKER_SUBNETS is in use, so a job with services must wait',
        );
      try {
        await docker.createNetwork({
          Name: name,
          Driver: 'bridge',
          CheckDuplicate: true,
          IPAM: { Driver: 'default', Config: [{ Subnet }] },
          Labels: { [SLOT_LABEL]: slot, [RUNNER_LABEL]: this.runner },
        });
        return name;
      } catch (error) {
        if (statusOf(error) === undefined || tries === MAX_TRIES)
          throw new EngineUnavailable(`no network for the job: ${wordsOf(error)}`, { cause: error });
        refused.add(Subnet);
      }
    }
  }
}
