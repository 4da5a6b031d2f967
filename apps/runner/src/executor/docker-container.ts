import type { ContainerCreateOptions, EndpointSettings, HostConfig } from 'dockerode';
import {
  CONTAINER_TREE,
  CONTAINER_EXCHANGE,
  CONTAINER_HOME,
  CONTAINER_WORKSPACE,
  WAITING_SHELL,
} from './waiting-shell.js';

export const SLOT_LABEL = 'cairn.slot';
export const RUNNER_LABEL = 'cairn.runner';
/** Lets a successor read the marks of the shell. Whoever can read it has the engine, and with it everything. */
export const NONCE_LABEL = 'cairn.nonce';

/** Who the image's steps run as, in a job whose shells are root's. */
export const USER_LABEL = 'cairn.user';
/** The container is that of the steps which name this image. */
export const STEP_IMAGE_LABEL = 'cairn.step-image';
/** The container is the service of this name. */
export const SERVICE_LABEL = 'cairn.service';

export type ContainerLimits = Readonly<{
  /** Without swap on top. */
  memoryBytes: number;
  cpus: number;
  pids: number;
  /** The largest file that a process may write. */
  fileBytes: number;
}>;

/**
 * Where a container of a job stands. `shared`: steps run as several users or in several images, so all of `/cairn` is in the
 * volume, and shells are root's; `user` is who steps of the image run as, `number` counts the images beside the job's own.
 */
export type ContainerPlace = Readonly<{ network: string; shared?: Readonly<{ user: string; number?: number }> }>;

const GIB = 1024 ** 3;
export const DEFAULT_LIMITS: ContainerLimits = { memoryBytes: 4 * GIB, cpus: 2, pids: 4096, fileBytes: 32 * GIB };

/**
 * What installing packages and switching users need: `apt-get` and `dpkg` change owners (CHOWN, FOWNER), write where the
 * mode says no (DAC_OVERRIDE), keep set-uid bits (FSETID) and drop to a user of their own (SETGID, SETUID); KILL ends
 * what such a user has left behind. Everything else is dropped, low ports need no capability since 20.10.
 */
const CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID'];

/**
 * The engine's log is how a successor reads what was printed while nobody was attached. Measured on 20.10, 100 MB of
 * lines: `none` 1.4 s but no history, `local` 3.1 s, `json-file` 4.6 s and it replaces bytes that are not UTF-8.
 * `local` keeps all bytes (see `historyDemuxer`) as long as it never rotates, hence one file without a practical limit;
 * it goes with the container.
 */
export const LOG_CONFIG = { Type: 'local', Config: { 'max-size': '1000000g', 'max-file': '1', compress: 'false' } };

/** Those that a container which is there can be given too: memory without swap on top, and CPUs. */
export const changeableLimits = ({ memoryBytes, cpus }: Pick<ContainerLimits, 'memoryBytes' | 'cpus'>) => ({
  Memory: memoryBytes,
  MemorySwap: memoryBytes,
  // A quota, not NanoCpus: those are refused on a machine with fewer.
  CpuPeriod: 100_000,
  CpuQuota: Math.round(cpus * 100_000),
});

export const resourceName = (runner: string, slot: string): string => `cairn-${runner}-${slot}`;

/** Nothing in it is of a job: its environment comes with its steps, so that the container may be there before it. */
export const containerOptions = ({
  slot,
  image,
  runner,
  nonce,
  limits,
  place,
}: Readonly<{
  slot: string;
  image: string;
  runner: string;
  nonce: string;
  limits: ContainerLimits;
  place: ContainerPlace;
}>): ContainerCreateOptions & { name: string } => {
  const volume = resourceName(runner, slot);
  const labels = { [SLOT_LABEL]: slot, [RUNNER_LABEL]: runner };
  const { network, shared } = place;
  return {
    name: shared?.number === undefined ? volume : `${volume}-${shared.number}`,
    Image: image,
    Entrypoint: ['/bin/sh', '-c', WAITING_SHELL],
    Cmd: [],
    Env: [
      `HOME=${CONTAINER_HOME}`,
      `CAIRN_ENV=${CONTAINER_EXCHANGE.environment}`,
      `CAIRN_OUTPUT=${CONTAINER_EXCHANGE.outputs}`,
    ],
    // The engine makes the working directory, and so HOME, if it is missing.
    WorkingDir: CONTAINER_HOME,
    ...(shared ? { User: '0:0' } : {}),
    Labels: { ...labels, [NONCE_LABEL]: nonce, ...(shared ? sharedLabels(image, shared) : {}) },
    Tty: false,
    OpenStdin: true,
    StdinOnce: false,
    // The shell ignores all others: an engine that is stopped or started again would wait ten seconds for each container.
    StopSignal: 'SIGKILL',
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    // An image's health check would run commands beside the steps.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      Init: true,
      Privileged: false,
      ...restrictions(limits),
      NetworkMode: network,
      LogConfig: LOG_CONFIG,
      Mounts: [
        {
          Type: 'volume',
          Source: volume,
          Target: shared ? CONTAINER_TREE : CONTAINER_WORKSPACE,
          VolumeOptions: volumeOptions(labels),
        },
      ],
    },
    NetworkingConfig: { EndpointsConfig: { [network]: endpoint() } },
  };
};

/** What keeps a container within its powers and its part of the machine. */
export const restrictions = (limits: ContainerLimits): HostConfig => ({
  CapDrop: ['ALL'],
  CapAdd: CAPABILITIES,
  SecurityOpt: ['no-new-privileges:true'],
  ...amounts(limits),
});

export const amounts = (limits: ContainerLimits): HostConfig => ({
  ...changeableLimits(limits),
  PidsLimit: limits.pids,
  Ulimits: [{ Name: 'fsize', Soft: limits.fileBytes, Hard: limits.fileBytes }],
});

/**
 * Clouds tell a machine's secrets at this address, to whoever asks from the machine. A container that has the address itself
 * asks itself, and the rest of the addresses that stay on a link (169.254.0.0/16) leads to the network of the containers,
 * where nobody has them. It has no right to change that. IPv6, where clouds have another, is off in these networks.
 */
const METADATA_ADDRESS = '169.254.169.254';

export const endpoint = (...names: readonly string[]): EndpointSettings => ({
  IPAMConfig: { LinkLocalIPs: [METADATA_ADDRESS] },
  ...(names.length > 0 ? { Aliases: [...names] } : {}),
});

const sharedLabels = (image: string, { user, number }: NonNullable<ContainerPlace['shared']>) => ({
  [USER_LABEL]: user,
  ...(number === undefined ? {} : { [STEP_IMAGE_LABEL]: image }),
});

const volumeOptions = (labels: Record<string, string>) => ({
  NoCopy: true,
  Labels: labels,
  DriverConfig: { Name: 'local', Options: {} },
});
