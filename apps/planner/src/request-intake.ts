import { Inject, Injectable } from '@nestjs/common';
import { planDecider, repoDecider, requestDecider, type RepoIdentity } from '#domain';
import { CommandRefused, ForgeRefused, InvalidSubjectToken, RepositoryUnknown, messageOf } from '#errors';
import {
  buildId,
  githubRepoId,
  subjects,
  type CommandContext,
  type Decision,
  type PersonRequest,
  type RequestAccepted,
  type RequestEvent,
  type RequestKind,
  type RequestRefused,
  type Trigger,
} from '#events';
import type { Forges } from '#forge';
import { Aggregates, CLOCK, type Clock } from '#jetstream';
import { parseSpec, readInputs } from '#spec';
import { SpecSchedules } from './schedule/spec-schedules.js';
import { FORGES, SpecSource } from './spec-source.js';

type Answer =
  | Readonly<{ type: 'AcceptRequest'; accepted: RequestAccepted['data'] }>
  | Readonly<{ type: 'RefuseRequest'; refused: RequestRefused['data'] }>;
type Outcome = Omit<RequestAccepted['data'], 'kind' | 'sequence'>;

type Of<Kind extends RequestKind> = Extract<PersonRequest, { kind: Kind }>;

/** Carries out what people ask for, once, and records the answer. */
@Injectable()
export class RequestIntake {
  constructor(
    private readonly aggregates: Aggregates,
    @Inject(FORGES) private readonly forges: Forges,
    private readonly specs: SpecSource,
    private readonly schedules: SpecSchedules,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  async take(request: PersonRequest, sequence: number): Promise<void> {
    const subject = subjects.request(request.id);
    const known = (await this.aggregates.load(requestDecider, subject)).state.decided;
    const decided = known ?? (await this.decide(subject, request, sequence));
    if (decided.type === 'RequestAccepted' && decided.data.decision?.kind === 'build')
      await this.register(request, decided.data.repoId ?? '', decided.data.decision);
  }

  private async decide(subject: string, request: PersonRequest, sequence: number): Promise<RequestEvent> {
    const command = { ...this.context(subject, request), ...(await this.answer(request, sequence)) };
    const { state } = await this.aggregates.execute(requestDecider, subject, command);
    return state.decided as RequestEvent;
  }

  private async answer(request: PersonRequest, sequence: number): Promise<Answer> {
    try {
      return { type: 'AcceptRequest', accepted: { kind: request.kind, sequence, ...(await this.carryOut(request)) } };
    } catch (error) {
      if (!isAnswer(error)) throw error;
      return { type: 'RefuseRequest', refused: { kind: request.kind, detail: messageOf(error) } };
    }
  }

  /** Builds are only decided here: they are registered when the decision is recorded, so that one request makes one. */
  private carryOut(request: PersonRequest): Promise<Outcome> {
    switch (request.kind) {
      case 'enable':
        return this.enable(request);
      case 'disable':
        return this.disable(request);
      case 'run':
        return this.run(request);
      case 'rerun':
        return this.rerun(request);
      case 'cancel':
        return this.cancel(request);
      case 'approve':
        return this.approve(request);
    }
  }

  private async enable(request: Of<'enable'>): Promise<Outcome> {
    const { id, name, defaultBranch } = await this.forges.of(request.repo).repository(request.repo);
    const identity: RepoIdentity = { repoId: githubRepoId(id), repo: name, defaultBranch };
    const subject = subjects.repo(identity.repoId);
    await this.aggregates.execute(repoDecider, subject, {
      ...this.context(subject, request),
      ...identity,
      type: 'EnableRepo',
    });
    const sha = await this.forges.of(name).resolve(name, `refs/heads/${defaultBranch}`);
    if (sha !== undefined) await this.schedules.take(identity, sha, this.context(subject, request));
    return { repoId: identity.repoId };
  }

  private async disable(request: Of<'disable'>): Promise<Outcome> {
    const { subject, identity } = await this.repository(request.repoId);
    await this.aggregates.execute(repoDecider, subject, {
      ...this.context(subject, request),
      ...identity,
      type: 'DisableRepo',
    });
    return { repoId: request.repoId };
  }

  private async run(request: Of<'run'>): Promise<Outcome> {
    const { identity } = await this.repository(request.repoId);
    const branch = request.ref ?? identity.defaultBranch;
    const sha = await this.forges.of(identity.repo).resolve(identity.repo, `refs/heads/${branch}`);
    if (sha === undefined) throw new CommandRefused(`${identity.repo} has no branch ${branch}`);
    const inputs = await this.inputs(identity.repo, sha, request.inputs);
    return this.decideBuild(request, identity, {
      event: 'manual',
      ref: `refs/heads/${branch}`,
      sha,
      branch,
      isDefaultBranch: branch === identity.defaultBranch,
      title: `run by ${request.actor.name}`,
      author: request.actor.name,
      ...(Object.keys(inputs).length === 0 ? {} : { inputs }),
    });
  }

  /** With the defaults put in. A spec that cannot be read is left for the build to tell. @throws CommandRefused */
  private async inputs(
    repo: string,
    sha: string,
    given: Readonly<Record<string, string>> = {},
  ): Promise<Readonly<Record<string, string>>> {
    const spec = await this.specs.at(repo, sha);
    const pipeline = 'text' in spec ? parseSpec(spec.text).pipeline : undefined;
    if (!pipeline) return given;
    const { inputs, faults } = readInputs(pipeline, given);
    if (faults) throw new CommandRefused(faults.join('; '));
    return inputs;
  }

  private async rerun(request: Of<'rerun'>): Promise<Outcome> {
    const earlier = await this.plan(request.buildId);
    const { identity } = await this.repository(earlier.repoId);
    return this.decideBuild(request, identity, earlier.trigger);
  }

  private async cancel(request: Of<'cancel'>): Promise<Outcome> {
    await this.plan(request.buildId);
    const subject = subjects.plan(request.buildId);
    const { state } = await this.aggregates.execute(planDecider, subject, {
      ...this.context(subject, request),
      type: 'CancelBuild',
      reason: 'user',
      by: request.actor.name,
    });
    if (!state.cancelled) throw new CommandRefused('the build is over');
    return { buildId: request.buildId };
  }

  private async approve(request: Of<'approve'>): Promise<Outcome> {
    const subject = subjects.plan(request.buildId);
    const context = this.context(subject, request);
    const { sha, job } = request;
    const command =
      job === undefined ? { type: 'ApproveBuild' as const, sha } : { type: 'ApproveJob' as const, sha, job };
    await this.aggregates.execute(planDecider, subject, { ...context, ...command });
    return { buildId: request.buildId };
  }

  private async decideBuild(request: PersonRequest, { repoId }: RepoIdentity, trigger: Trigger): Promise<Outcome> {
    const id = buildId(await this.aggregates.store.lastSequence(), request.id);
    return { repoId, buildId: id, decision: { kind: 'build', buildId: id, trigger } };
  }

  private async register(
    request: PersonRequest,
    repoId: string,
    decision: Decision & { kind: 'build' },
  ): Promise<void> {
    const { buildId, trigger } = decision;
    const { state } = await this.aggregates.load(planDecider, subjects.plan(buildId));
    if (state.request) return; // registered and requested before; it may be over by now
    const { subject, identity } = await this.repository(repoId);
    await this.aggregates.execute(repoDecider, subject, {
      ...this.context(subject, request),
      ...identity,
      type: 'RegisterBuild',
      buildId,
      trigger,
      origin: { kind: 'request', id: request.id },
    });
  }

  private async plan(id: string) {
    const { state } = await this.aggregates.load(planDecider, subjects.plan(id));
    if (!state.request) throw new CommandRefused(`there is no build ${id}`);
    return state.request;
  }

  private async repository(repoId: string): Promise<{ subject: string; identity: RepoIdentity }> {
    const subject = subjects.repo(repoId);
    const { snapshot } = (await this.aggregates.load(repoDecider, subject)).state;
    if (!snapshot) throw new CommandRefused(`there is no repository ${repoId}`);
    const { repo, defaultBranch } = snapshot;
    return { subject, identity: { repoId, repo, defaultBranch } };
  }

  private context(subject: string, request: PersonRequest): CommandContext {
    return { subject, at: this.now(), cause: request.id, actor: request.actor };
  }
}

/** What is said to the person; anything else is worth another try. */
const isAnswer = (error: unknown): boolean =>
  [CommandRefused, RepositoryUnknown, ForgeRefused, InvalidSubjectToken].some((type) => error instanceof type);
