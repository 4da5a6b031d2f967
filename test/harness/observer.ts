import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import type { BuildFinished, JobStarted } from '#events';
import { createLogStore } from '#log-store';
import { eventually } from '#testing';
import { EventLog } from './event-log.js';
import { jobPlace, type JobPlace } from './job-place.js';
import type { System } from './system.js';

/** How long a build may take to end after everything runs again; bounds a test that hangs. */
const END_MS = 90_000;

export type Observer = ReturnType<typeof observe>;

/** What became of builds, read from where it is kept for good: `EVENTS`, the log store, and the forge. */
export const observe = (system: System) => {
  const events = new EventLog(system.nc);
  const dataDir = system.environment.CAIRN_DATA_DIR;
  const logs = createLogStore({ directory: join(dataDir, 'logs'), writes: false });

  const started = async (buildId: string, jobId: string, attempt: number): Promise<JobStarted['data']> => {
    const found = await eventually(
      async () =>
        (await events.ofType('JobStarted', buildId)).find(
          ({ subject, event }) => subject.endsWith(`.job.${jobId}`) && event.data.attempt === attempt,
        ),
      (event) => event !== undefined,
      END_MS,
    );
    return (found as { event: JobStarted }).event.data;
  };
  const logPieces = (buildId: string, jobId: string, attempt: number, step: number): AsyncIterable<Buffer> =>
    logs.raw({ buildId, jobId, attempt, step });
  const log = async (buildId: string, jobId: string, attempt: number, step: number): Promise<string> => {
    const pieces: Buffer[] = [];
    for await (const piece of logPieces(buildId, jobId, attempt, step)) pieces.push(piece);
    return Buffer.concat(pieces).toString('utf8');
  };
  return {
    events,
    log,
    /** As `log`, for what is too long for memory. */
    logPieces,
    /** Until the log store has so many bytes of a job's first step. */
    logReaches: (buildId: string, jobId: string, attempt: number, bytes: number): Promise<unknown> =>
      eventually(
        async () => {
          let seen = 0;
          for await (const piece of logPieces(buildId, jobId, attempt, 1)) {
            seen += piece.length;
            if (seen >= bytes) break;
          }
          return seen;
        },
        (seen) => seen >= bytes,
        END_MS,
      ),
    /** The build that a delivery led to, once it is requested. */
    buildOf: async (guid: string): Promise<string> => {
      const requested = await eventually(
        async () => (await events.ofType('BuildRequested')).find(({ event }) => event.data.origin.id === guid),
        (found) => found !== undefined,
      );
      return requested?.event.data.buildId ?? '';
    },
    started,
    /** Where an attempt runs. `directory`: of its runner, when it is not the system's first. */
    place: async (buildId: string, jobId: string, attempt = 1, directory = dataDir): Promise<JobPlace> => {
      const { executor, slot } = await started(buildId, jobId, attempt);
      return jobPlace(executor, slot, directory);
    },
    /** Until the log store has so much of a step that `check` is content. */
    logUntil: (buildId: string, jobId: string, attempt: number, check: (text: string) => boolean): Promise<string> =>
      eventually(() => log(buildId, jobId, attempt, 1), check, END_MS),
    finished: async (buildId: string): Promise<BuildFinished['data']['status']> => {
      const [end] = await eventually(
        () => events.ofType('BuildFinished', buildId),
        ({ length }) => length > 0,
        END_MS,
      );
      return end?.event.data.status ?? 'failed';
    },
    /** Until the log store was compared with each step that has ended, and found complete. */
    logsComplete: (buildId: string): Promise<unknown> =>
      eventually(
        async () => {
          const steps = await events.ofType('StepFinished', buildId);
          const stored = await events.ofType('LogStored', buildId);
          const keyOf = (subject: string, { attempt, step }: { attempt: number; step: number }): string =>
            `${subject.split('.').at(-1) ?? ''} ${attempt} ${step}`;
          const complete = stored.filter(({ event }) => event.data.complete);
          const held = new Set(complete.map(({ subject, event }) => keyOf(subject, event.data)));
          return steps.map(({ subject, event }) => keyOf(subject, event.data)).filter((key) => !held.has(key));
        },
        ({ length }) => length === 0,
        END_MS,
      ),
    /** The states that the forge was told for a commit, without repetitions; until `last` is the last of them. */
    statuses: async (sha: string, last: string): Promise<string[]> => {
      const told = await eventually(
        () => (system.github.state.statuses.get(sha) ?? []).map(({ state }) => state),
        (states) => states.at(-1) === last,
        END_MS,
      );
      return told.filter((state, index) => state !== told[index - 1]);
    },
    dead: async (): Promise<number> => (await (await jetstreamManager(system.nc)).streams.info('DEAD')).state.messages,
    runnerId: async (): Promise<string> => (await readFile(join(dataDir, 'runner/id'), 'utf8')).trim(),
  };
};
