import type Docker from 'dockerode';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { ServiceUnavailable } from '#errors';
import { asEngineError } from './docker-engine.js';
import { historyDemuxer } from './engine-stream.js';

/** A service without a check is ready when it has run for so long. */
const UP_MS = 1000;
const LOOK_MS = 100;
const TAIL_LINES = 10;
const TAIL_LENGTH = 2000;

type State = Docker.ContainerInspectInfo['State'];

/** The last lines of a service, as one line for people. */
const lastWords = async (container: Docker.Container): Promise<string> => {
  const log = await container
    .logs({ stdout: true, stderr: true, tail: TAIL_LINES, follow: false })
    .catch(() => undefined);
  if (!log) return '';
  const bytes = Buffer.isBuffer(log) ? log : await buffer(log as NodeJS.ReadableStream);
  const text = Buffer.concat(
    historyDemuxer()
      .push(bytes)
      .map((output) => output.bytes),
  ).toString('utf8');
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const lines = text.split('\n').map((line) => line.replace(/\x1b\[[0-9;]*m|[\x00-\x1f\x7f]/g, ' ').trim());
  const words = lines.filter((line) => line !== '').join(' / ');
  return words === '' ? '; it has printed nothing' : `; its last lines: ${words.slice(-TAIL_LENGTH)}`;
};

const whyEnded = ({ ExitCode, OOMKilled }: State): string =>
  OOMKilled ? 'it ran out of memory before it was ready' : `it ended with code ${ExitCode} before it was ready`;

/** The last answer of the image's check. */
const lastCheck = ({ Health }: State): string => {
  const last = Health?.Log.at(-1);
  return last ? `; its check ended with code ${last.ExitCode}: ${last.Output.trim().slice(0, TAIL_LENGTH)}` : '';
};

const isReady = ({ Health, StartedAt }: State, seenAt: number): boolean => {
  if (Health && Health.Status !== 'none') return Health.Status === 'healthy';
  // The engine's clock may be another one; who was started long ago need not wait anew.
  return Date.now() - Math.min(seenAt, Date.parse(StartedAt)) >= UP_MS;
};

/**
 * Settles when the service is healthy by its image's check or, where that has none, has run for a second. That a check
 * fails is no end: it may be asked more often here than its maker thought.
 * @throws ServiceUnavailable · EngineUnavailable · the reason of `signal`
 */
export const serviceReady = async (
  name: string,
  container: Docker.Container,
  limitMs: number,
  signal: AbortSignal,
): Promise<void> => {
  const seenAt = Date.now();
  for (;;) {
    signal.throwIfAborted();
    const { State } = await container.inspect().catch((error: unknown) => {
      throw asEngineError(error);
    });
    if (!State.Running) throw new ServiceUnavailable(name, `${whyEnded(State)}${await lastWords(container)}`);
    if (isReady(State, seenAt)) return;
    if (Date.now() - seenAt >= limitMs) {
      const detail = `it was not ready within ${Math.round(limitMs / 1000)} s${lastCheck(State)}`;
      throw new ServiceUnavailable(name, `${detail}${await lastWords(container)}`);
    }
    await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
};
