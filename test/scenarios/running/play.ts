import { eventually } from '#testing';
import type { BuildView, JobView } from '#domain';
import { triggerWords } from '../scenario.js';
import { jobTitle, outcomeOf } from './run-outcome.js';
import type { Act, RunScenario } from './run-scenario.js';
import { PULL_REQUEST } from './webhook-for.js';
import type { Repo, RunWorld } from './run-world.js';

/** Bounds a test that hangs. */
const LIMIT_MS = 50_000;

/** One scenario, from its commit to its end. */
class Play {
  readonly #builds: string[] = [];
  #sha = '';

  constructor(
    private readonly world: RunWorld,
    private readonly scenario: RunScenario,
    private readonly repo: Repo,
  ) {}

  /** What became of it, in the words and with the keys of what the scenario expects. */
  async outcome(): Promise<unknown> {
    const { ends, second, acts = [], spec, files } = this.scenario;
    const ignored = await this.begin({ ...files, '.cairn.yml': spec });
    if (ignored !== undefined) return { ignored };
    for (const act of acts) await this.act(act);
    const expected = [ends, ...(second ? [second] : [])];
    const outcomes: unknown[] = [];
    for (const [index, build] of expected.entries()) {
      if (!build) throw new Error(`a build began: ${this.#builds[index]}`);
      const view = await this.world.finished(this.#builds[index] ?? '');
      await eventually(() => this.world.feed.hasLogsOf(view), Boolean, LIMIT_MS);
      outcomes.push(outcomeOf(view, build, this.world.feed));
    }
    return { ends: outcomes[0], ...(second ? { second: outcomes[1] } : {}) };
  }

  private async begin(files: Readonly<Record<string, string>>): Promise<string | undefined> {
    const { trigger, inputs } = this.scenario;
    const { event, name, request } = triggerWords(trigger);
    const before = this.#sha;
    this.#sha = await this.commit(files);
    if (event === 'manual') {
      await this.world.ask({ kind: 'enable', repo: this.repo.name });
      const ref = name === 'main' ? {} : { ref: name };
      const build = await this.world.ask({
        kind: 'run',
        repoId: `gh-${this.repo.id}`,
        ...ref,
        ...(inputs && { inputs }),
      });
      this.#builds.push(build ?? '');
      return undefined;
    }
    if (request !== undefined) await this.repo.git.git('update-ref', `refs/pull/${PULL_REQUEST}/head`, this.#sha);
    const { repo } = this;
    const answer = await this.world.deliver({ repo, trigger, sha: this.#sha, ...(before === '' ? {} : { before }) });
    if ('ignored' in answer) return answer.ignored;
    this.#builds.push(answer.build);
    return undefined;
  }

  /** On the branch, or with the tag, that the trigger names. */
  private async commit(files: Readonly<Record<string, string>>): Promise<string> {
    const { event, name } = triggerWords(this.scenario.trigger);
    const { git } = this.repo.git;
    const sha = await this.repo.git.commit(files);
    if (event === 'tag') await git('tag', '--force', name);
    else if (event !== undefined && name !== 'main') await git('branch', '--force', name, sha);
    return sha;
  }

  private async act({ when, push, cancel, rerun, approve, put, in: place, of }: Act): Promise<void> {
    const looked = await eventually(
      () => this.#builds[(when.build ?? 1) - 1] ?? '',
      (id) => this.isSo(when, this.world.feed.build(id)),
      LIMIT_MS,
    );
    const build = of === undefined ? looked : (this.#builds[of - 1] ?? '');
    if (push) await this.begin(push);
    if (cancel) await this.world.ask({ kind: 'cancel', buildId: build });
    if (rerun) this.#builds.push((await this.world.ask({ kind: 'rerun', buildId: build })) ?? '');
    if (approve !== undefined) {
      const job = approve === 'build' ? {} : { job: approve };
      await this.world.ask({ kind: 'approve', buildId: build, sha: this.#sha, ...job });
    }
    if (put !== undefined) await this.put(put, build, place);
  }

  private isSo({ job: title, is, says }: Act['when'], view: BuildView | undefined): boolean {
    const job = this.jobOf(view, title);
    if (!view || (title !== undefined && !job)) return false;
    if (is !== undefined && (job ?? view).status !== is) return false;
    return says === undefined || (job !== undefined && this.world.feed.logsOf(view.id, job.id).includes(says));
  }

  private jobOf(view: BuildView | undefined, title: string | undefined): JobView | undefined {
    return view?.jobs.find((one) => jobTitle(one) === title);
  }

  private async put(path: string, build: string, title: string | undefined): Promise<void> {
    const job = this.jobOf(this.world.feed.build(build), title)?.id ?? '';
    const entry = { path: `workspace/${path}`, kind: 'file' as const, size: 0, mode: 0o644 };
    await this.world.staged.placeOf(build, job)?.fill(
      (async function* () {
        yield entry;
      })(),
    );
  }
}

export const play = async (world: RunWorld, scenario: RunScenario, id: number): Promise<unknown> =>
  new Play(world, scenario, await world.repository(id, scenario)).outcome();
