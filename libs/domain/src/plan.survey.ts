import { Agenda } from './plan.agenda.js';
import { layoutOf } from './plan.layout.js';
import { isOver, templateOf, type PlanJob, type PlanState } from './plan.state.js';
import { SurveyDraft, blankSurvey, type Survey } from './plan.survey.draft.js';
import type { Skip } from './plan.verdict.js';

const advanced = (state: PlanState, before: Survey, changed: Iterable<number>): Survey => {
  const { groups, groupOf } = layoutOf(state);
  const draft = new SurveyDraft(state, before);
  const agenda = new Agenda();
  for (const place of changed) agenda.add(groupOf[place] ?? 0, [place]);
  for (let next = agenda.next(); next; next = agenda.next())
    for (const group of draft.look(...next)) agenda.add(group, groups[group]?.cells ?? []);
  return draft.done();
};

/** Where all jobs stand. What an event changes is worked out from the survey before it: to look at all each time would cost the square of their number. */
export const surveyOf = (state: PlanState): Survey =>
  state.jobs.derive<Survey>((earlier) =>
    earlier
      ? advanced(state, earlier.known, earlier.changed)
      : advanced(state, blankSurvey(state), layoutOf(state).groupOf.keys()),
  );

/** Those with the mark, in the plan's order. */
function* marked(state: PlanState, mark: 'run' | 'ask'): Generator<PlanJob> {
  const { standings, counts, firstRun } = surveyOf(state);
  let place: number | undefined = mark === 'run' ? firstRun : 0;
  for (let left = counts[mark]; left > 0; left -= 1) {
    place = standings.next(place, (standing) => standing.mark === mark);
    const job = place === undefined ? undefined : state.jobs.at(place);
    if (place === undefined || !job) return;
    yield job;
    place += 1;
  }
}

/** Waiting jobs that never will run, in the plan's order. */
export const skipsOf = (state: PlanState): readonly Skip[] => {
  const { counts, standings } = surveyOf(state);
  if (counts.skip === 0) return [];
  return [...standings].flatMap(({ mark }) => (typeof mark === 'object' ? [mark] : []));
};

/** How many jobs have not ended, and how many of them are admitted. */
export const openJobs = (state: PlanState): Readonly<{ open: number; queued: number }> => surveyOf(state).counts;

/** How many jobs of a build are admitted, by pool. */
export const admittedJobs = (state: PlanState): ReadonlyMap<string, number> => surveyOf(state).admitted;

/** As many of the jobs, in their order, as `max_parallel` leaves room for. */
function* withinLimits(state: PlanState, jobs: Iterable<PlanJob>): Generator<PlanJob> {
  const running = new Map<string, number>();
  for (const job of jobs) {
    const { name } = job.planned;
    const limit = templateOf(state, job)?.maxParallel;
    const count = running.get(name) ?? queuedCells(state, name);
    if (limit !== undefined && count >= limit) continue;
    running.set(name, count + 1);
    yield job;
  }
}

const queuedCells = (state: PlanState, name: string): number =>
  surveyOf(state).groups.at(layoutOf(state).places.get(name) ?? -1)?.queued ?? 0;

const mayBegin = (state: PlanState): boolean => !isOver(state) && !state.cancelled && !state.awaitsApproval;

/** Those about which a person is to be asked now. */
export const unapprovedJobs = (state: PlanState): readonly PlanJob[] =>
  mayBegin(state) && surveyOf(state).counts.ask > 0
    ? [...marked(state, 'ask')].filter(({ status }) => status === 'waiting')
    : [];

/** The jobs that could run now, one after another in the plan's order: who needs a few does not pay for all. */
export function* readyInTurn(state: PlanState): Generator<PlanJob> {
  if (mayBegin(state)) yield* withinLimits(state, marked(state, 'run'));
}

/** The jobs that could run now, in the plan's order. */
export const readyJobs = (state: PlanState): readonly PlanJob[] => [...readyInTurn(state)];

/** Of these jobs those that could run now, together, in the plan's order. */
export const readyAmong = (state: PlanState, ids: Iterable<string>): readonly PlanJob[] => {
  if (!mayBegin(state)) return [];
  const { standings } = surveyOf(state);
  const places = new Set([...ids].flatMap((id) => state.jobs.placeOf(id) ?? []));
  const runnable = [...places].filter((place) => standings.at(place)?.mark === 'run').sort((a, b) => a - b);
  return [
    ...withinLimits(
      state,
      runnable.flatMap((place) => state.jobs.at(place) ?? []),
    ),
  ];
};

/** What of a job's own build keeps it waiting, though it has all that it needs. */
export type Hold = 'approval' | 'max-parallel';

/** The jobs that have what they need and may not be admitted, with the reason. */
export const heldJobs = (state: PlanState): readonly Readonly<{ job: PlanJob; by: Hold }>[] => {
  if (isOver(state) || state.cancelled) return [];
  const runnable = [...marked(state, 'run')];
  if (state.awaitsApproval) return runnable.map((job) => ({ job, by: 'approval' }));
  const ready = new Set(readyJobs(state));
  return [
    ...runnable.flatMap((job) => (ready.has(job) ? [] : [{ job, by: 'max-parallel' as const }])),
    ...[...marked(state, 'ask')].map((job) => ({ job, by: 'approval' as const })),
  ];
};
