import type { ContainerCreateOptions } from 'dockerode';
import type { ServiceTemplate } from '#events';
import {
  amounts,
  endpoint,
  LOG_CONFIG,
  resourceName,
  restrictions,
  RUNNER_LABEL,
  SERVICE_LABEL,
  SLOT_LABEL,
  type ContainerLimits,
} from './docker-container.js';

/** How often an image's own check is asked; images say what is right for a service that runs for months. In nanoseconds. */
const CHECK_INTERVAL = 1e9;

/** A service as a container: the image as it is, on the job's network under its own name. */
export const serviceOptions = (
  service: ServiceTemplate,
  place: Readonly<{ slot: string; runner: string; network: string }>,
  limits: ContainerLimits,
): ContainerCreateOptions & { name: string } => {
  const { name, image, environment, command, privileged } = service;
  const { slot, runner, network } = place;
  return {
    name: `${resourceName(runner, slot)}-${name}`,
    Image: image,
    Hostname: name,
    ...(command ? { Cmd: [...command] } : {}),
    Env: Object.entries(environment).map(([key, value]) => `${key}=${value}`),
    Labels: { [SLOT_LABEL]: slot, [RUNNER_LABEL]: runner, [SERVICE_LABEL]: name },
    Healthcheck: { Interval: CHECK_INTERVAL },
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      Init: true,
      ...(privileged ? { Privileged: true, ...amounts(limits) } : { Privileged: false, ...restrictions(limits) }),
      NetworkMode: network,
      LogConfig: LOG_CONFIG,
    },
    NetworkingConfig: { EndpointsConfig: { [network]: endpoint(name) } },
  };
};
