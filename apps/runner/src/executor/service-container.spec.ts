import { DEFAULT_LIMITS } from './docker-container.js';
import { serviceOptions } from './service-container.js';

const service = { name: 'docker', image: 'docker:dind', environment: { A: 'b=c' } };
const place = { slot: 's1', runner: 'r1', network: 'n1' };

describe('serviceOptions', () => {
  it('gives all powers to the privileged, within the same amounts and without a mount', () => {
    const { HostConfig: plain } = serviceOptions(service, place, DEFAULT_LIMITS);
    const { HostConfig: mighty } = serviceOptions({ ...service, privileged: true }, place, DEFAULT_LIMITS);
    expect(plain).toMatchObject({ Privileged: false, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'] });
    expect(mighty).toMatchObject({
      Privileged: true,
      PidsLimit: DEFAULT_LIMITS.pids,
      Memory: DEFAULT_LIMITS.memoryBytes,
    });
    for (const key of ['CapDrop', 'CapAdd', 'SecurityOpt', 'Mounts', 'Binds']) expect(mighty).not.toHaveProperty(key);
  });

  it('is found by its name alone, with its own environment', () => {
    expect(serviceOptions(service, place, DEFAULT_LIMITS)).toMatchObject({
      name: 'cairn-r1-s1-docker',
      Hostname: 'docker',
      Env: ['A=b=c'],
      NetworkingConfig: { EndpointsConfig: { n1: { Aliases: ['docker'] } } },
    });
  });
});
