import { EngineUnavailable } from '#errors';
import type {
  Executor,
  Sandbox,
  SandboxSpec,
  SandboxWish,
  StepCommand,
  StepProcess,
} from '../../../apps/runner/src/executor/index.js';
import type { EngineExecutor } from '../../../apps/runner/src/executors.js';
import { scriptedOnly, scriptOf, type Deeds } from '../../../apps/runner/testing/scripted/index.js';
import type { Rule, RunScenario } from './run-scenario.js';

/** Numbers of the runner's steps: a hundred for each step of the spec, one for each try. */
const TRIES_PER_STEP = 100;

/** Which job of which repository a place is made for, as its variables say. */
type Occasion = Readonly<{ repo: string; build: string; job: string; jobId: string; attempt: number }>;

const occasionOf = ({ environment }: SandboxWish): Occasion => ({
  repo: environment['CAIRN_REPO'] ?? '',
  build: environment['CAIRN_BUILD_ID'] ?? '',
  job: environment['CAIRN_JOB'] ?? '',
  jobId: environment['CAIRN_URL']?.split('/').at(-1) ?? '',
  attempt: Number(environment['CAIRN_ATTEMPT']),
});

/** Of the rules that fit the last one, without what it is chosen by. */
const deedsFor = (rules: readonly Rule[], fits: (rule: Rule) => boolean): Deeds => {
  const { run: _r, service: _s, job: _j, attempt: _a, try: _t, create: _c, ...deeds } = rules.findLast(fits) ?? {};
  return deeds;
};

/** Stands before an executor, and has each step and service do what the scenario of its repository says. */
export class StagedExecutor implements EngineExecutor {
  readonly name: string;
  /** By `owner/name`. */
  readonly scenarios = new Map<string, RunScenario>();
  readonly #places = new Map<string, Sandbox>();

  constructor(
    private readonly stage: Executor,
    private readonly how: 'scripted' | 'shell',
  ) {
    this.name = stage.name;
  }

  /** The newest place of a job, or of one of its cells. */
  placeOf(build: string, jobId: string): Sandbox | undefined {
    return this.#places.get(`${build} ${jobId}`);
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  sweep(): Promise<void> {
    return Promise.resolve();
  }

  slotFor(wish: SandboxWish): string {
    return this.stage.slotFor(wish);
  }

  unavailable(): Promise<string | undefined> {
    return this.stage.unavailable();
  }

  async create(spec: SandboxSpec, progress: (line: string) => void): Promise<Sandbox> {
    const occasion = occasionOf(spec);
    const isAway = this.rulesFor(occasion).some(({ create }) => create === 'engine-away');
    if (isAway) throw new EngineUnavailable('it does not answer');
    return this.staged(await this.stage.create(this.withServices(spec), progress), occasion);
  }

  discard(slot: string): Promise<void> {
    return this.stage.discard(slot);
  }

  async adopt(spec: SandboxSpec): Promise<Sandbox | undefined> {
    const sandbox = await this.stage.adopt(this.withServices(spec));
    return sandbox && this.staged(sandbox, occasionOf(spec));
  }

  reap(keep: ReadonlySet<string>): Promise<void> {
    return this.stage.reap(keep);
  }

  close(): Promise<void> {
    return this.stage.close();
  }

  private rulesFor({ repo, job, attempt }: Occasion): readonly Rule[] {
    const rules = this.scenarios.get(repo)?.does ?? [];
    return rules.filter(
      (rule) => (rule.job ?? job) === job && (rule.attempt === undefined || rule.attempt === attempt),
    );
  }

  private scriptOf(deeds: Deeds): string {
    return this.how === 'shell' ? scriptOf(deeds) : scriptedOnly(deeds);
  }

  private withServices(spec: SandboxSpec): SandboxSpec {
    if (!spec.services) return spec;
    const rules = this.rulesFor(occasionOf(spec));
    const services = spec.services.map((service) => {
      const deeds = deedsFor(rules, ({ service: name }) => name === service.name);
      return {
        ...service,
        command: ['sh', '-c', this.scriptOf({ ...deeds, ...(deeds.exit === undefined ? { hang: true } : {}) })],
      };
    });
    return { ...spec, services };
  }

  private staged(sandbox: Sandbox, occasion: Occasion): Sandbox {
    const rules = this.rulesFor(occasion);
    const run = (command: StepCommand): StepProcess => {
      const attempt = (command.number % TRIES_PER_STEP) + 1;
      const fits = (rule: Rule): boolean =>
        rule.service === undefined &&
        rule.create === undefined &&
        (rule.run ?? command.script) === command.script &&
        (rule.try ?? attempt) === attempt;
      return sandbox.run({ ...command, script: this.scriptOf(deedsFor(rules, fits)) });
    };
    const staged = new Proxy(sandbox, {
      get: (target, key) => {
        if (key === 'run') return run;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    this.#places.set(`${occasion.build} ${occasion.jobId}`, sandbox);
    return staged;
  }
}
