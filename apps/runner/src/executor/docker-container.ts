import type { ContainerCreateOptions } from 'dockerode';
import { SHARED_NETWORK } from './docker-engine.js';
import { CONTAINER_EXCHANGE, CONTAINER_HOME, CONTAINER_WORKSPACE, WAITING_SHELL } from './waiting-shell.js';

export const SLOT_LABEL = 'cairn.slot';
export const RUNNER_LABEL = 'cairn.runner';
/** Lets a successor read the marks of the shell. Whoever can read it has the engine, and with it everything. */
export const NONCE_LABEL = 'cairn.nonce';

export type ContainerLimits = Readonly<{
  /** Without swap on top. */
  memoryBytes: number;
  cpus: number;
  pids: number;
  /** The largest file that a process may write. */
  fileBytes: number;
}>;

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
const LOG_CONFIG = { Type: 'local', Config: { 'max-size': '1000000g', 'max-file': '1', compress: 'false' } };

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
}: Readonly<{
  slot: string;
  image: string;
  runner: string;
  nonce: string;
  limits: ContainerLimits;
}>): ContainerCreateOptions & { name: string } => {
  const name = resourceName(runner, slot);
  const labels = { [SLOT_LABEL]: slot, [RUNNER_LABEL]: runner };
  return {
    name,
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
    Labels: { ...labels, [NONCE_LABEL]: nonce },
    Tty: false,
    OpenStdin: true,
    StdinOnce: false,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    // An image's health check would run commands beside the steps.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      Init: true,
      Privileged: false,
      CapDrop: ['ALL'],
      CapAdd: CAPABILITIES,
      SecurityOpt: ['no-new-privileges:true'],
      ...changeableLimits(limits),
      PidsLimit: limits.pids,
      Ulimits: [{ Name: 'fsize', Soft: limits.fileBytes, Hard: limits.fileBytes }],
      NetworkMode: SHARED_NETWORK,
      LogConfig: LOG_CONFIG,
      Mounts: [{ Type: 'volume', Source: name, Target: CONTAINER_WORKSPACE, VolumeOptions: volumeOptions(labels) }],
    },
  };
};

const volumeOptions = (labels: Record<string, string>) => ({
  NoCopy: true,
  Labels: labels,
  DriverConfig: { Name: 'local', Options: {} },
});
