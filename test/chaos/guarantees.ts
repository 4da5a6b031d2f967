import type { CairnEvent, JobFinished, JobLost } from '#events';
import type { RecordedEvent } from '../harness/event-log.js';
import type { ChaosBuild } from './chaos-builds.js';

type End = JobFinished | JobLost;

/** Why an attempt did not count, in words; undefined: it did. */
const reasonOf = (end: End | undefined): string | undefined => {
  if (end?.type === 'JobLost') return end.data.reason;
  return end?.data.failure?.kind === 'infrastructure' ? end.data.failure.message : undefined;
};

/** What is wrong with the history of one job: each attempt begins once, ends once, and all but the last have a reason. */
const ofJob = (name: string, events: readonly CairnEvent[], outcome: string): string[] => {
  const begun = events.flatMap((event) => (event.type === 'JobStarted' ? [event.data.attempt] : []));
  const ends = events.filter((event): event is End => event.type === 'JobFinished' || event.type === 'JobLost');
  if (outcome === 'skipped') return begun.length === 0 ? [] : [`${name} was to be skipped, and began`];
  const wrong: string[] = [];
  if (begun.some((attempt, index) => attempt !== index + 1))
    wrong.push(`${name} began the attempts ${begun.join(', ')}`);
  for (const attempt of begun) {
    const own = ends.filter((end) => end.data.attempt === attempt);
    const [end] = own;
    if (own.length !== 1) wrong.push(`${name}: attempt ${attempt} ended ${own.length} times`);
    const isLast = attempt === begun.at(-1);
    if (!isLast && reasonOf(end) === undefined) wrong.push(`${name}: attempt ${attempt} was repeated without a reason`);
    if (isLast && !(end?.type === 'JobFinished' && end.data.outcome === outcome))
      wrong.push(`${name}: its last attempt, ${attempt}, ended with ${JSON.stringify(end?.data)}`);
  }
  return begun.length === 0 ? [`${name} never began`] : wrong;
};

/** What is wrong with the history of one build that was to end like `expected`. Empty: nothing. */
export const violationsOf = (recorded: readonly RecordedEvent[], expected: ChaosBuild): string[] => {
  const ended = recorded.flatMap(({ event }) => (event.type === 'BuildFinished' ? [event.data.status] : []));
  const wrong = ended.length === 1 && ended[0] === expected.status ? [] : [`the build ended as ${ended.join(', ')}`];
  for (const [name, outcome] of Object.entries(expected.jobs)) {
    const own = recorded.filter(({ subject }) => subject.endsWith(`.job.${name}`)).map(({ event }) => event);
    wrong.push(...ofJob(name, own, outcome));
  }
  return wrong;
};

/** The reasons why attempts of a build were repeated. */
export const reasonsIn = (recorded: readonly RecordedEvent[]): string[] =>
  recorded.flatMap(({ event }) =>
    event.type === 'JobFinished' || event.type === 'JobLost' ? (reasonOf(event) ?? []) : [],
  );
