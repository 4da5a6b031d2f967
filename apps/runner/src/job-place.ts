import type { JobTemplate } from '#events';
import type { Forges } from '#forge';
import type { Executor, Sandbox, SandboxSpec } from './executor/index.js';
import type { JobOf } from './job-of.js';
import { sourceOf } from './job-source.js';
import { lateArchive, type SourceMirrors } from './source/index.js';
import { unlessAborted } from './unless-aborted.js';

export type PlaceTools = Readonly<{
  executor: Executor;
  sources: SourceMirrors;
  forges: Forges;
  /** A line for the log of the preparation. */
  say: (line: string) => void;
  /** Hears of the sandbox as soon as it is there, though nothing is in it yet. */
  made: (sandbox: Sandbox) => void;
}>;

/**
 * The place of a job with the source in it, and with its services ready. Image and source come side by side.
 * @throws what the executor and the mirrors throw · the reason of `signal`, which breaks all of it off
 */
export const makeJobPlace = async (
  job: JobOf,
  spec: SandboxSpec,
  clone: JobTemplate['clone'],
  tools: PlaceTools,
  signal: AbortSignal,
): Promise<Sandbox> => {
  const { executor, sources, forges, say, made } = tools;
  const { repo, trigger } = job.request;
  const source = await unlessAborted(sourceOf(job, clone, forges, signal), signal);
  const checkedOut = source
    ? `checked out ${trigger.sha} of ${repo}`
    : 'nothing is checked out: the job says `clone: false`';
  if (executor.name === 'host') {
    const sandbox = await executor.create(spec, say, signal);
    made(sandbox);
    if (source) await sources.checkoutInto(source, sandbox.directory ?? sandbox.workspace);
    say(checkedOut);
    return sandbox;
  }
  const tar = source && lateArchive(sources.checkout(source));
  tar?.on('error', () => undefined); // told to whoever unpacks it, if anybody does
  const stop = (): void => void tar?.destroy(signal.reason as Error);
  signal.addEventListener('abort', stop);
  try {
    const sandbox = await executor.create(spec, say, signal);
    made(sandbox);
    signal.throwIfAborted();
    // Before git is done: the place gets ready for the archive meanwhile.
    await Promise.all([tar && sandbox.unpack(tar), servicesReady(sandbox, say, signal)]);
    say(checkedOut);
    return sandbox;
  } catch (error) {
    tar?.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

const servicesReady = async (sandbox: Sandbox, say: (line: string) => void, signal: AbortSignal): Promise<void> => {
  const names = sandbox.services.map(({ name }) => name).join(', ');
  if (names === '') return;
  say(`waiting for services: ${names}`);
  await sandbox.servicesReady(signal);
  say('the services are ready');
};
