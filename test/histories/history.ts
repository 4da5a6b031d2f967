import {
  buildView,
  deliveryDecider,
  evolveBuild,
  groupDecider,
  jobDecider,
  planDecider,
  repoDecider,
  requestDecider,
  type BuildProgress,
} from '#domain';
import { aggregateOf, type CairnEvent, type Decider, type DomainEvent } from '#events';

/** A message of `EVENTS` as it was written. */
export type Recorded = Readonly<{ sequence: number; subject: string; event: unknown }>;
/** The folded state of each aggregate that has a decider, and the view of each build; maps are lists of pairs. */
export type Outcome = Readonly<{ states: Record<string, unknown>; builds: Record<string, unknown> }>;

type AnyDecider = Decider<unknown, never, DomainEvent>;

/** By the kind of the aggregate; logs and notices have no decider. */
export const DECIDERS: ReadonlyMap<string, AnyDecider> = new Map(
  Object.entries({
    delivery: deliveryDecider,
    request: requestDecider,
    repo: repoDecider,
    group: groupDecider,
    plan: planDecider,
    job: jobDecider,
  }) as unknown as [string, AnyDecider][],
);

/** As it looks in JSON. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, inner: unknown) => (inner instanceof Map ? [...(inner as Map<unknown, unknown>)] : inner)),
  );

/** Folds a history through the deciders and the projection of builds. */
export const outcomeOf = (messages: readonly Readonly<{ subject: string; event: CairnEvent }>[]): Outcome => {
  const states = new Map<string, unknown>();
  const builds = new Map<string, BuildProgress | undefined>();
  for (const { subject, event } of messages) {
    const aggregate = aggregateOf(subject);
    const decider = DECIDERS.get(aggregate?.kind ?? '');
    if (decider) states.set(subject, decider.evolve(states.get(subject) ?? decider.initialState(), event));
    if (!aggregate || !('buildId' in aggregate)) continue;
    const jobId = 'jobId' in aggregate ? aggregate.jobId : undefined;
    builds.set(aggregate.buildId, evolveBuild(builds.get(aggregate.buildId), event, jobId));
  }
  const views = [...builds].flatMap(([id, build]) => (build ? [[id, buildView(build)]] : []));
  return { states: plain(Object.fromEntries(states)), builds: plain(Object.fromEntries(views)) } as Outcome;
};
