import type { Readable } from 'node:stream';
import type { EndPhase, ServiceTemplate } from '#events';
import type { ResourceAmounts } from './resource-limits.js';

/** What a job wants of its place. `environment` is that of the whole job; steps add theirs. */
export type SandboxWish = Readonly<{
  image?: string;
  environment: Readonly<Record<string, string>>;
  /** The code comes from a fork: never on an executor without isolation. */
  fork: boolean;
  /** What the job asks for; an executor without limits does not apply it. */
  resources?: ResourceAmounts;
  /** Containers beside the job's, which its steps reach by their names. Whether one may be privileged is the caller's to know. */
  services?: readonly ServiceTemplate[];
  /** The images that steps name, each once; an executor has what they need ready before the first step. */
  stepImages?: readonly string[];
  /** Some steps name the user that they run as. */
  stepUsers?: boolean;
}>;

/** What a sandbox is made for. `slot`, from `slotFor`: the runner's own id for this place; matches `[a-z0-9]{1,32}`. */
export type SandboxSpec = SandboxWish & Readonly<{ slot: string }>;

/** One step, numbered from 1 within its sandbox. `script`: commands of one shell, which stops at the first that fails. */
export type StepCommand = Readonly<{
  number: number;
  script: string;
  environment: Readonly<Record<string, string>>;
  /** Where it begins, absolute or below the workspace; without it: the workspace. When it is not there the step fails. */
  directory?: string;
  /** What the script's file is given to, with its arguments; without it: bash where there is one, else `sh -e`. */
  shell?: readonly string[];
  /** One of the sandbox's `stepImages`; without it: the job's. Workspace, HOME and exchange are the same in all. */
  image?: string;
  /**
   * A name or number, perhaps with a group, as the image knows it at that time; without it: the image's own. Workspace and
   * HOME are given to whoever runs the step. Only when the sandbox has `stepUsers`.
   */
  user?: string;
}>;

/** What a place can run out of. */
export const SHORTAGES = ['memory', 'processes', 'disk'] as const;
export type Shortage = (typeof SHORTAGES)[number];

/**
 * How a step ended; `code` is null when a signal ended it. `wrote`: this step or one before it has written to a file of the
 * exchange. `shortage`: it failed, and this had run out in its place.
 */
export type StepExit = Readonly<{ code: number | null; signal?: string; wrote?: boolean; shortage?: Shortage }>;

/** What the steps have written so far to `$CAIRN_ENV`, for later steps, and to `$CAIRN_OUTPUT`, for later jobs. */
export type Exchange = Readonly<{ environment: Buffer; outputs: Buffer }>;

/** Each of the two files of the exchange may have as many bytes. */
export const MAX_EXCHANGE_BYTES = 256 * 1024;
export const tooLargeForExchange = (bytes: number): string =>
  `it has ${bytes} bytes, at most ${MAX_EXCHANGE_BYTES} are taken; larger things are artifacts`;

/** How far a step has been ended: see `EndPhase`. */
export type StopPhase = Extract<EndPhase, 'signalled' | 'killed'>;

/** A step under way. */
export interface StepProcess {
  /** The sandbox has taken the step: it will be executed once, whoever asks again. */
  readonly accepted: Promise<void>;
  /**
   * All bytes of stdout and stderr in the order in which they were written, from the step's first byte, also when the
   * step was begun by an earlier process and adopted. To be read once; not reading it stops the step (back-pressure).
   */
  readonly output: AsyncIterable<Buffer>;
  /**
   * Settles after the output has ended. @throws SandboxLost the place ended in mid-step · EngineUnavailable the engine broke
   * off · SandboxDetached this process has let go of it
   */
  readonly exit: Promise<StepExit>;
  /**
   * Ends the step: SIGTERM to its session, after `graceMs` SIGKILL; where that does not end it either, its place is ended.
   * Idempotent; a later call with 0 cuts the grace short. `told` hears of each that is sent, from the first call alone.
   */
  stop(graceMs: number, told?: (phase: StopPhase) => void): Promise<void>;
}

/** `workspace`, `home` (that of the steps), or a path below one of them. */
export type TreePath = string;

/**
 * Something in a tree. `content` is there for a `file`, and has `size` bytes: it is read before the next entry is asked for,
 * or not at all. `target`: what a `link` says, or the path of the entry that a `hardlink` is the same file as. `other`:
 * devices, sockets, pipes, and what cannot be read.
 */
export type TreeEntry = Readonly<{
  path: TreePath;
  kind: 'file' | 'folder' | 'link' | 'hardlink' | 'other';
  size: number;
  mode: number;
  changed?: Date;
  target?: string;
  content?: AsyncIterable<Uint8Array>;
}>;

/** How a service ended: by itself, or because it was told to. */
export type ServiceExit = StepExit & Readonly<{ wasTold: boolean }>;

/** A service of a sandbox, from the time when the sandbox was made. */
export interface ServiceRun {
  readonly name: string;
  /**
   * All bytes of stdout and stderr, from the first on, also when the sandbox was adopted, and the same each time. To be read
   * once; not reading it holds the service up. Ends with the service.
   */
  readonly output: AsyncIterable<Buffer>;
  /** Settles after the output has ended. @throws EngineUnavailable the log broke off, the service perhaps not */
  readonly exit: Promise<ServiceExit>;
}

/** A place in which one job runs: one container, or one directory with processes. */
export interface Sandbox {
  readonly slot: string;
  /** The workspace as the steps see it. */
  readonly workspace: string;
  /** The workspace as a directory of this machine, where it is one: may be filled directly instead of by `unpack`. */
  readonly directory?: string;
  /** Those that the job has; see `servicesReady`. */
  readonly services: readonly ServiceRun[];
  /** Unpacks a tar archive into the workspace. Before the first step. */
  unpack(tar: Readable): Promise<void>;
  /**
   * Runs a step, or joins it if an earlier process has run one of this number in this place (then `output` begins at its first
   * byte again, and it is not executed a second time). One step at a time, each number once by each process.
   * @throws UnusableStep at once, and nothing has changed
   */
  run(command: StepCommand): StepProcess;
  /**
   * Settles when every service is ready: healthy by its image's own check, or up for a moment where there is none. Before the
   * first step, beside `unpack`. @throws ServiceUnavailable · the reason of `signal`
   */
  servicesReady(signal: AbortSignal): Promise<void>;
  /** After the last step: services are asked to end, then ended, so that their output comes to its end. Idempotent. */
  endServices(): Promise<void>;
  /**
   * Reads the exchange, between steps. Every step finds the files by the variables `CAIRN_ENV` and `CAIRN_OUTPUT`.
   * @throws UnusableExchange one is larger than `MAX_EXCHANGE_BYTES`, or no plain file
   */
  exchange(): Promise<Exchange>;
  /**
   * What is at a path of its tree and below it, as it is, between steps: folders before what is in them, links as links,
   * never followed. Nothing when nothing is there.
   */
  entries(path: TreePath): AsyncIterable<TreeEntry>;
  /**
   * Puts entries into its tree, between steps, as belonging to its user; missing folders are made. They must have been
   * let through by a `TreeGuard`. @throws RefusedEntry when something of the tree is in the way
   */
  fill(entries: AsyncIterable<TreeEntry>): Promise<void>;
  /** Lets go without touching what runs, so that another process may adopt it. */
  detach(): Promise<void>;
  /** Removes everything: processes, container, volume, directory. Idempotent, works after any failure. */
  remove(): Promise<void>;
}

/**
 * Where jobs run. The contract, which `executor.contract.ts` holds every adapter to:
 *
 * - **Order** for one slot: `slotFor`; `create`, or `adopt` by a later process; `unpack` and `servicesReady`, side by side;
 *   `run` 1, 2, …, with growing numbers and gaps, one at a time; `exchange`, `entries` and `fill` between two steps, and before
 *   the first; `endServices`; `remove`. A slot without a `create` that succeeded ends by `discard`.
 * - **Side by side**: everything for different slots. For one slot: `stop` beside the step that it ends, the output of services
 *   beside all else, `remove` beside anything: what is under way then fails or ends.
 * - **Again**: `stop`, `endServices`, `detach`, `remove`, `discard`, `reap` and `close` change nothing when what they ask for is
 *   so already, also on a place that is gone.
 * - **After a failed start**: nothing is left, `discard` finds nothing to do, and the same slot can be made after that. A
 *   `create` for a slot in which an earlier process has left something makes room first.
 * - **Whose it is**: one process at a time holds a place. After `detach` it is whoever's adopts it; what ran goes on, and is held
 *   up as long as nobody reads. An executor that cannot hand a place on ends what is left of it, and then finds nothing.
 */
export interface Executor {
  readonly name: string;

  /** The slot for one job, and for no other: of a place that waits for such a job, or a new one. Takes no time. */
  slotFor(wish: SandboxWish): string;

  /** Undefined when jobs can run here now; else the reason, in one line for people. */
  unavailable(): Promise<string | undefined>;
  /**
   * Makes the place. `progress` gets lines for the preparation's log (image pulls, the engine's own words).
   * @throws ImageUnavailable an image cannot be had, or has no shell · EngineUnavailable the engine does not answer ·
   *   ServiceUnavailable a service cannot be started · NotOnHost the executor cannot do what the job needs ·
   *   ForkRefused code from a fork would run without isolation · the reason of `signal`, which breaks off what takes long.
   *   After a throw nothing is left behind.
   */
  create(spec: SandboxSpec, progress: (line: string) => void, signal?: AbortSignal): Promise<Sandbox>;
  /** Removes what there may be of a slot for which no `create` was called, or none that succeeded. Idempotent. */
  discard(slot: string): Promise<void>;

  /** Finds the place that an earlier process of this runner made; undefined when it is gone or cannot be taken over. */
  adopt(spec: SandboxSpec): Promise<Sandbox | undefined>;
  /** Removes all that this runner's earlier processes left, but these slots. */
  reap(keep: ReadonlySet<string>): Promise<void>;

  /** No more jobs come: removes the places that wait for one, and what could not be removed before. Those of jobs are left alone. */
  close(): Promise<void>;
}
