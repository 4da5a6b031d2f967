import { expressionsOf, hasExpressions, usesOf, type Values } from '#expression';
import { isPool, jobId, type JobTemplate, type PlannedJob, type Why } from '#events';
import { Expansion } from './expansion.js';
import type { Place } from './findings.js';
import type { ServiceSpec } from './job-spec.js';
import type { Cell } from './matrix.js';
import type { Pipeline } from './pipeline.js';
import { stepTemplate, type JobPlanning } from './plan-steps.js';
import { present } from './present.js';
import { isGroup, isImage } from './rules.js';
import { decide } from './when.js';

const POOL = 'default';
const INFRASTRUCTURE_RETRIES = 2;
const TIMEOUT_MS = 60 * 60_000;
const NO_WHEN: Why = { runs: true, detail: 'it has no `when`' };

const some = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);

/** What of `when` depends on no cell. */
const conditionOf = ({ job, occasion, values, findings }: JobPlanning) => {
  if (!job.when) return undefined;
  const verdict = decide(job.when, occasion, values);
  if (verdict.faults) findings.faults(job.places.get('when'), verdict.faults);
  return verdict.condition;
};

const serviceTemplate = ({ expansion }: JobPlanning, service: ServiceSpec, place: Place | undefined) =>
  present<NonNullable<JobTemplate['services']>[number]>({
    name: service.name,
    image: expansion.text(service.image, place),
    environment: Object.fromEntries(expansion.record(service.environment, place)),
    command: service.command,
    privileged: service.privileged,
  });

/** The job before a cell is put in. */
export const jobTemplate = (pipeline: Pipeline, planning: JobPlanning): JobTemplate => {
  const { job, expansion } = planning;
  const { matrix, places } = job;
  const image = job.image ?? pipeline.image;
  return present<JobTemplate>({
    name: job.name,
    image: image === undefined ? undefined : expansion.text(image, places.get('image')),
    environment: Object.fromEntries([
      ...expansion.record(pipeline.environment, places.get('name')),
      ...expansion.record(job.environment, places.get('environment')),
    ]),
    steps: job.steps.map((step) => stepTemplate(step, planning)),
    when: conditionOf(planning),
    commandRetries: job.commandRetries || undefined,
    allowFailure: job.allowFailure,
    approval: job.approval,
    failFast: matrix?.failFast,
    maxParallel: matrix?.maxParallel,
    services: some(job.services.map((service) => serviceTemplate(planning, service, places.get('services')))),
    resources: job.resources,
    clone: job.clone,
    cache: some(
      job.cache.map(({ key, restoreKeys, paths }) => ({
        key: expansion.text(key, places.get('cache')),
        restoreKeys: restoreKeys.map((text) => expansion.text(text, places.get('cache'))),
        paths,
      })),
    ),
    artifacts: some(job.artifacts),
    artifactsFrom: job.artifactsFrom,
    reports: job.reports,
    notify: some(job.notify.map(({ to, on }) => ({ to, on }))),
  });
};

type Image = Readonly<{ image: string; place: Place | undefined }>;

/** The images of a job that depend on more than the file, with their places. */
const expandedImages = (pipeline: Pipeline, { job }: JobPlanning): Image[] =>
  [
    [job.image ?? pipeline.image, job.places.get(job.image === undefined ? 'name' : 'image')] as const,
    ...job.services.map(({ image }) => [image, job.places.get('services')] as const),
    ...job.steps.map(({ image, place }) => [image, place] as const),
  ].flatMap(([image, place]) => (image !== undefined && hasExpressions(image) ? [{ image, place }] : []));

/** A cell as expressions see it: a name that it lacks is the empty text. */
const withCell = (values: Values, names: ReadonlySet<string>, cell: Cell): Values => ({
  ...values,
  matrix: new Map([...names].map((name) => [name, cell.get(name) ?? ''])),
});

const whyOf = ({ job, occasion, findings }: JobPlanning, values: Values): Why => {
  if (!job.when) return NO_WHEN;
  const verdict = decide(job.when, occasion, values);
  if (verdict.faults) findings.faults(job.places.get('when'), verdict.faults);
  return verdict.why ?? NO_WHEN;
};

/** The names of the matrix that decide more of a job than its id: cells that agree in them agree in the rest. */
const decidingNames = ({ job, findings }: JobPlanning, images: readonly Image[]): readonly string[] => {
  const { runsOn = '', concurrency, when } = job;
  const texts = [...images.map(({ image }) => image), runsOn, concurrency?.group ?? ''].filter(hasExpressions);
  const templates = texts.map((text) => findings.templateOf(text));
  const expressions = templates.flatMap((template) => (template.ok ? expressionsOf(template.value) : []));
  const { paths } = usesOf(...expressions, ...(when?.expression ? [when.expression] : []));
  return [
    ...new Set(
      paths.flatMap(({ names: [context, name] }) => (context === 'matrix' && name !== undefined ? [name] : [])),
    ),
  ];
};

/** What of a row its cell may decide. */
const decided = (planning: JobPlanning, images: readonly Image[], values: Values) => {
  const { job, findings, occasion } = planning;
  const { places, runsOn, concurrency } = job;
  const expansion = new Expansion(values, findings);
  for (const { image, place } of images) expansion.whole(image, place, '`image`', isImage);
  const group =
    concurrency && expansion.whole(concurrency.group, places.get('concurrency'), 'the name of the group', isGroup);
  const pool = runsOn && expansion.whole(runsOn, places.get('runs_on'), '`runs_on`', isPool);
  // a fork gets no runner that is kept for something, and what it names as a group is its own: nobody else waits for it
  const { pullRequest } = occasion.trigger;
  const scope = pullRequest?.fork ? `pr-${pullRequest.number}/` : '';
  return {
    pool: pullRequest?.fork ? POOL : (pool ?? POOL),
    group: group === undefined ? undefined : { name: `${scope}${group}`, cancel: concurrency?.cancel ?? false },
    why: whyOf(planning, values),
  };
};

const lengthOf = (texts: Iterable<string>): number => {
  let length = 0;
  for (const text of texts) length += text.length;
  return length;
};

/** One row for each cell. */
export const plannedJobs = (pipeline: Pipeline, planning: JobPlanning): PlannedJob[] => {
  const { job, values, findings } = planning;
  const { name, matrix, needs } = job;
  const images = expandedImages(pipeline, planning);
  const deciding = decidingNames(planning, images);
  const known = new Map<string, ReturnType<typeof decided>>();
  const decidedFor = (cell: Cell): ReturnType<typeof decided> => {
    const key = JSON.stringify(deciding.map((name) => cell.get(name) ?? ''));
    const own = known.get(key) ?? decided(planning, images, matrix ? withCell(values, matrix.names, cell) : values);
    known.set(key, own);
    return own;
  };
  const row = (cell: Cell): PlannedJob => {
    const record = Object.fromEntries(cell);
    const id = jobId(name, record);
    findings.count(
      lengthOf(cell.keys()) + lengthOf(cell.values()) + lengthOf(needs),
      job.places.get('matrix') ?? job.places.get('name'),
    );
    return present<PlannedJob>({
      id,
      name,
      cell: record,
      needs,
      optionalNeeds: some(job.optionalNeeds),
      infrastructureRetries: job.infrastructureRetries ?? (job.approval ? 0 : INFRASTRUCTURE_RETRIES),
      timeoutMs: job.timeoutMs ?? TIMEOUT_MS,
      ...decidedFor(cell),
    });
  };
  return (matrix?.cells ?? [new Map<string, string>()]).map(row);
};
