import { spotAt, type Findings } from './findings.js';
import type { JobSpec } from './job-spec.js';
import type { WrittenJob } from './job.reader.js';
import type { WrittenNeed } from './needs.reader.js';
import { nearest, shown } from './wording.js';

const MAX_SHOWN_IN_CIRCLE = 12;
/** After so many errors no name is looked for any more that may have been meant. */
const MAX_SUGGESTED = 20;

type Jobs = ReadonlyMap<string, WrittenJob>;

const circleInWords = (names: readonly string[]): string => {
  const first = names.slice(0, MAX_SHOWN_IN_CIRCLE);
  const path = [...first, ...(names.length > first.length ? ['…'] : []), ...names.slice(0, 1)].join(' → ');
  return `the jobs need each other in a circle, so none could ever start: ${path}`;
};

const others = (jobs: Jobs, name: string): string[] => [...jobs.keys()].filter((other) => other !== name);

const reportUnknown = ({ name, span }: WrittenNeed, names: readonly string[], findings: Findings): void => {
  const meant = findings.count < MAX_SUGGESTED ? nearest(name, names) : undefined;
  const cure = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
  findings.error('UNKNOWN_JOB', span, `there is no job ${shown(name)}${cure}`, meant);
};

const checkNames = (jobs: Jobs, findings: Findings): void => {
  for (const [name, { needs }] of jobs)
    for (const need of needs) {
      if (findings.full) return;
      if (need.name === name) findings.error('NEEDS_ITSELF', need.span, `the job ${shown(name)} needs itself`);
      else if (!jobs.has(need.name)) reportUnknown(need, others(jobs, name), findings);
    }
};

/** Walks the needs depth first; a need that leads back to a job on the path closes a circle. */
const checkCircles = (jobs: Jobs, findings: Findings): void => {
  const done = new Set<string>();
  const path = new Map<string, WrittenNeed | undefined>(); // job → the need of it that is being followed
  const visit = (name: string, job: WrittenJob): void => {
    for (const need of job.needs) {
      if (findings.full) return;
      const needed = jobs.get(need.name);
      if (!needed || need.name === name || done.has(need.name)) continue;
      path.set(name, need);
      if (path.has(need.name)) reportCircle(need.name);
      else visit(need.name, needed);
    }
    path.delete(name);
    done.add(name);
  };
  const reportCircle = (first: string): void => {
    const names = [...path.keys()];
    const circle = names.slice(names.indexOf(first));
    findings.error('NEEDS_CIRCLE', path.get(first)?.span ?? spotAt(0), circleInWords(circle));
  };
  for (const [name, job] of jobs) if (!done.has(name)) visit(name, job);
};

/**
 * The jobs in an order in which each comes after what it needs, otherwise as in the file. Reports needs without a job,
 * of a job for itself and in a circle: then the order lacks the jobs concerned.
 */
export const inOrderOfNeeds = (jobs: Jobs, findings: Findings): JobSpec[] => {
  checkNames(jobs, findings);
  checkCircles(jobs, findings);
  const dependants = new Map<string, string[]>([...jobs.keys()].map((name) => [name, []]));
  const missing = new Map<string, number>();
  for (const [name, { needs }] of jobs) {
    missing.set(name, needs.length);
    for (const need of needs) dependants.get(need.name)?.push(name);
  }
  const next = (): string | undefined => {
    for (const [name, count] of missing) if (count === 0) return name;
    return undefined;
  };
  const ordered: JobSpec[] = [];
  for (let name = next(); name !== undefined; name = next()) {
    missing.delete(name);
    for (const dependant of dependants.get(name) ?? []) missing.set(dependant, (missing.get(dependant) ?? 0) - 1);
    const job = jobs.get(name);
    if (job) ordered.push(job.spec);
  }
  return ordered;
};
