import { jobDecider } from '#domain';
import { AttemptSuperseded } from '#errors';
import { bytesOfChunk, subjects, type EarlierStatus, type JobEvent, type LogChunk, type StepTemplate } from '#events';
import { Aggregates, InMemoryEventStore } from '#jetstream';
import { BUILD_ID, jobStarted } from '#testing';
import { AttemptReport } from './attempt-report.js';
import type { Sandbox } from './executor/index.js';
import { Interruption } from './interruption.js';
import { JobSecrets } from './secrets/index.js';
import { ServiceLogs } from './service-logs.js';
import { JobSteps, type KnownSteps, type StepsEnd } from './job-steps.js';

export const FENCED = new AttemptSuperseded('test', 1);

export const step = (run: string, change: Partial<StepTemplate> = {}): StepTemplate => ({
  ...{ name: run.slice(0, 20), run, environment: {} },
  ...change,
});
/** A step that runs when those before it have ended so. */
export const after = (run: string, ...status: readonly EarlierStatus[]): StepTemplate =>
  step(run, { when: { status } });

const JOB = subjects.job(BUILD_ID, 'test');

/** One attempt: what is reported goes to an event store in memory, and the logs are kept here, by step. */
export class TestAttempt {
  readonly logs = new Map<number, string>();
  readonly interruption = new Interruption({ graceMs: 2_000, cleanUpMs: 60_000 });
  /** Those that the steps may name. */
  secrets = JobSecrets.NONE;
  readonly #last = new Map<number, LogChunk>();
  readonly #aggregates = new Aggregates(new InMemoryEventStore());

  static async begin(): Promise<TestAttempt> {
    const attempt = new TestAttempt();
    await attempt.#aggregates.store.append(JOB, [jobStarted(1)], 0);
    return attempt;
  }

  /** `known`: as `JobSteps.run`. Another process of the runner may go on where one was broken off by `leaving`. */
  run(
    sandbox: Sandbox,
    steps: readonly StepTemplate[],
    known?: KnownSteps,
    interruption = this.interruption,
  ): Promise<StepsEnd> {
    const report = this.report();
    const template = { name: 'test', environment: {}, steps };
    const chunks = (number: number) => this.kept(number);
    return new JobSteps(sandbox, {
      template,
      values: {},
      secrets: this.secrets,
      report,
      interruption,
      deadline: Infinity,
      graceMs: 2_000,
      chunks,
    }).run(known);
  }

  /** As a runner's process has them whose parts are fenced by `fence`. */
  serviceLogs(steps: readonly StepTemplate[], fence: AbortSignal): ServiceLogs {
    return new ServiceLogs({
      template: { steps },
      fence,
      masked: (bytes) => bytes,
      report: this.report(),
      chunks: (number) => this.kept(number),
    });
  }

  async known(): Promise<KnownSteps> {
    return (await this.#aggregates.load(jobDecider, JOB)).state;
  }

  /** Step, outcome and exit code of each step that has ended. */
  async reported(): Promise<readonly (readonly [number, string, number | null])[]> {
    const { events } = await this.#aggregates.store.load<JobEvent>(JOB);
    return events.flatMap(({ type, data }) =>
      type === 'StepFinished' ? [[data.step, data.outcome, data.exitCode] as const] : [],
    );
  }

  private report(): AttemptReport {
    const of = { buildId: BUILD_ID, jobId: 'test', attempt: 1 };
    const now = (): string => new Date().toISOString();
    const identity = { runner: 'runner-a', epoch: 'epoch-1' };
    return new AttemptReport(this.#aggregates, now, identity, of, new AbortController().signal);
  }

  private kept(number: number) {
    return {
      publish: (chunk: LogChunk): Promise<void> => {
        this.logs.set(number, (this.logs.get(number) ?? '') + bytesOfChunk(chunk).toString());
        this.#last.set(number, chunk);
        return Promise.resolve();
      },
      resume: () => Promise.resolve(this.#last.get(number)),
    };
  }
}
