import type { JobState, StoredArtifact } from '#domain';
import { CairnError, SandboxDetached, messageOf } from '#errors';
import type { Failure } from '#events';
import type { AttemptReport } from '../attempt-report.js';
import type { ChunkPublisher } from '../chunk-publisher.js';
import type { Sandbox } from '../executor/index.js';
import type { Interruption } from '../interruption.js';
import type { KnownSteps, StepsEnd } from '../job-steps.js';
import { pumpLog, resumeAfter } from '../log/index.js';
import { PreparationLog } from '../preparation-log.js';
import type { JobFiles } from './job-files.js';

export type KeepingTools = Readonly<{
  files: JobFiles;
  /** One more than that of the last step. */
  number: number;
  report: AttemptReport;
  interruption: Interruption;
  chunks: (step: number, signal: AbortSignal) => Pick<ChunkPublisher, 'publish' | 'resume'>;
}>;

/** `wasBegun` and `artifacts`: what an earlier process of the runner has done of it. */
type Keeping = Readonly<{
  hasPassed: boolean;
  wasBegun: boolean;
  artifacts: ReadonlyMap<string, StoredArtifact>;
}>;

type Kept = Readonly<{ failure?: Failure; wasCut: boolean }>;

/** What an earlier process of the runner has reported. */
export type KnownAttempt = KnownSteps & Pick<JobState, 'artifacts'>;

/**
 * How the job ends, its files taken into account. They are not kept when the place may be gone, nor when the job was
 * cancelled or is handed back: then it ends. @throws AttemptSuperseded
 */
export const keepAfter = async (
  sandbox: Sandbox,
  end: StepsEnd,
  known: KnownAttempt | undefined,
  tools: KeepingTools,
): Promise<StepsEnd> => {
  const { files, number, interruption } = tools;
  const { reason, allowsCleanUp } = interruption;
  const isToEnd = reason !== undefined && !(reason === 'timeout' && allowsCleanUp);
  const name = files.stepName;
  if (name === undefined || isToEnd || end.failure?.kind === 'infrastructure') return end;
  const before = known?.steps.get(number);
  if (before === 'passed') return end;
  const keeping = {
    hasPassed: end.failure === undefined && reason === undefined,
    wasBegun: before === 'running',
    artifacts: known?.artifacts ?? new Map<string, never>(),
  };
  const lost: Failure = { kind: 'infrastructure', message: 'what the job left behind was not kept', step: number };
  const kept =
    before === undefined || keeping.wasBegun
      ? await keepFiles(sandbox, name, keeping, tools)
      : { failure: lost, wasCut: false }; // how it failed was known to an earlier process alone
  const failure = end.failure ?? kept.failure;
  return { ...end, ...(failure ? { failure } : {}), wasCut: end.wasCut || kept.wasCut };
};

/**
 * Keeps what a job leaves behind, after its steps and also when one has failed, in a step of its own: its log tells by name
 * what was kept. A job that is told to end while it is at it keeps what it has so far. @throws AttemptSuperseded
 */
const keepFiles = async (sandbox: Sandbox, name: string, keeping: Keeping, tools: KeepingTools): Promise<Kept> => {
  const { number, report, interruption } = tools;
  const chunks = tools.chunks(number, interruption.fence);
  const published = keeping.wasBegun ? await chunks.resume() : undefined;
  await report.stepStarted(number, name);
  const words = new PreparationLog();
  const abort = new AbortController();
  const stop = (): void => abort.abort(new SandboxDetached('the job was told to end'));
  interruption.watch((_, reason) => {
    if (reason !== 'fenced' && !abort.signal.aborted) report.ending({ phase: 'broken-off', reason, step: number });
    stop();
  }, interruption.reason !== undefined);
  try {
    const work = keep(sandbox, keeping, tools, words, abort.signal).finally(() => words.end());
    const log = await pumpLog(words, {
      publish: (chunk) => chunks.publish(chunk),
      resumeFrom: resumeAfter(published),
      now: Date.now,
      signal: interruption.fence,
    });
    const failure = await work;
    interruption.fence.throwIfAborted();
    const wasCut = abort.signal.aborted;
    const outcome = wasCut ? 'cancelled' : failure ? 'failed' : 'passed';
    await report.stepFinished(number, { outcome, exitCode: null, log });
    return { ...(failure && !wasCut ? { failure } : {}), wasCut };
  } finally {
    interruption.rest();
    stop();
  }
};

const keep = async (
  sandbox: Sandbox,
  { hasPassed, artifacts }: Keeping,
  { files, number }: KeepingTools,
  words: PreparationLog,
  signal: AbortSignal,
): Promise<Failure | undefined> => {
  const say = (line: string): void => words.say(files.mask(line));
  try {
    await files.report(sandbox, say, signal);
    await files.keepArtifacts(sandbox, artifacts, say, signal);
    if (hasPassed) await files.saveCaches(sandbox, say, signal);
    else files.leaveCaches(say);
    return undefined;
  } catch (error) {
    const message = files.mask(messageOf(error));
    say(message);
    const isFinal = error instanceof CairnError && error.disposition === 'drop';
    return { kind: isFinal ? 'setup' : 'infrastructure', message, step: number };
  }
};
