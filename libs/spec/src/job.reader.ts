import { isMap, isSeq } from 'yaml';
import { namesIn, readEnvironment } from './environment.reader.js';
import { spanOf, type Place, type Span } from './findings.js';
import { installsDependencies, warnOfImage } from './habits.js';
import { JobSpec } from './job-spec.js';
import { readArtifacts, readCaches, readReports } from './keeping.reader.js';
import { namesOfMatrix, readMatrix, type MatrixBudget } from './matrix.reader.js';
import { readNeeds, type WrittenNeed } from './needs.reader.js';
import { JobScopes } from './scopes.js';
import { readServices } from './services.reader.js';
import {
  readClone,
  readConcurrency,
  readNotify,
  readResources,
  readRetry,
  readRunsOn,
  readSecrets,
} from './settings.reader.js';
import type { Entries, Entry, SpecSource } from './spec-source.js';
import type { Environment } from './step-spec.js';
import { readSteps } from './steps.reader.js';
import { readText } from './text.reader.js';
import { itemsOf, readDuration, readFlag } from './values.reader.js';
import { readWhen } from './when.reader.js';
import { didYouMean, shown } from './wording.js';

export type WrittenJob = Readonly<{ spec: JobSpec; needs: readonly WrittenNeed[] }>;
type Names = ReadonlySet<string>;

/** What is known of the pipeline when a job is read. */
export type JobContext = Readonly<{
  inputs: Names;
  jobs: Names;
  /** Of the top level. */
  environment: Environment;
  budget: MatrixBudget;
}>;

/** `steps`, or `execute`, its other name. */
export const stepsEntry = (source: SpecSource, known: Entries): Entry | undefined => {
  const [steps, execute] = [known.get('steps'), known.get('execute')];
  if (steps && execute)
    source.findings.error(
      'TWO_NAMES_FOR_ONE',
      execute.span,
      '`execute` is another name for `steps`; write only one of the two',
    );
  return steps ?? execute;
};

/** Only a job that is needed has ended, with its artifacts stored. */
const readArtifactsFrom = (
  source: SpecSource,
  entry: Entry | undefined,
  needs: readonly WrittenNeed[],
  jobs: Names,
) => {
  if (!entry) return undefined;
  const needed = new Set(needs.map(({ name }) => name));
  return itemsOf(source, entry).flatMap((node) => {
    const name = source.words(node, '`artifacts_from`', 'must be the name of a job, or a list of names');
    if (name === undefined || needed.has(name)) return name ?? [];
    const message = jobs.has(name)
      ? `the job ${shown(name)} is not needed by this one; add it to \`needs\``
      : `there is no job ${shown(name)}${didYouMean(name, needed)}`;
    return source.error('ARTIFACTS_FROM', node, message) ?? [];
  });
};

/** A secret is handed to a job whose packages could read it. */
const warnOfInstall = (source: SpecSource, span: Span, { secrets, steps }: JobSpec): void => {
  const secret = secrets[0] ?? steps.find((step) => step.secrets.length > 0)?.secrets[0];
  if (secret === undefined) return;
  const install = steps.find(({ run }) => run.some(installsDependencies));
  if (!install) return;
  const message = `the job is given the secret ${shown(secret)} and installs dependencies (${shown(install.run.join(' ').trim())}), whose code could read it; use the secret in a job of its own`;
  source.findings.warning('SECRET_BESIDE_INSTALL', span, message);
};

/** What of a job is known when the rest of it is read. */
const namesOf = (source: SpecSource, known: Entries, needs: readonly WrittenNeed[], { inputs, jobs }: JobContext) =>
  new JobScopes({
    inputs,
    jobs,
    matrix: namesOfMatrix(source, known.get('matrix')),
    needs: new Set(needs.map(({ name }) => name)),
  });

/** The keys whose values may turn out wrong when a build is planned. */
const PLACED = ['image', 'runs_on', 'concurrency', 'when', 'matrix', 'environment', 'services', 'cache'];

const placesOf = (source: SpecSource, known: Entries, span: Span): ReadonlyMap<string, Place> =>
  new Map([
    ['name', source.findings.placeOf(span)],
    ...PLACED.flatMap((key) => {
      const entry = known.get(key);
      return entry ? [[key, source.placeOf(entry.value)] as const] : [];
    }),
  ]);

const PROPERTIES = new Map([['runsOn', 'runs_on']]);

/** Reads the keys of a job. `name` and `span` are what it is called, and where. */
export const readJobKeys = (
  source: SpecSource,
  { name, span }: Readonly<{ name: string; span: Span }>,
  known: Entries,
  context: JobContext,
): WrittenJob => {
  const needs = readNeeds(source, known.get('needs')).filter((need) => !need.optional || context.jobs.has(need.name));
  const scopes = namesOf(source, known, needs, context);
  const [image, steps] = [known.get('image'), stepsEntry(source, known)];
  const own = readEnvironment(source, known.get('environment'), scopes.value('in `environment`'));
  const environment = own.size === 0 ? context.environment : new Map([...context.environment, ...own]);
  const names = namesIn(environment);
  const spec = new JobSpec({
    name,
    image: readText(source, image, scopes.image()),
    environment: own,
    needs: needs.map((need) => need.name),
    optionalNeeds: needs.filter(({ optional }) => optional).map((need) => need.name),
    matrix: readMatrix(source, known.get('matrix'), context.budget),
    when: readWhen(source, known.get('when'), scopes.when()),
    services: readServices(source, known.get('services'), scopes),
    secrets: readSecrets(source, known.get('secrets')),
    timeoutMs: readDuration(source, known.get('timeout')),
    ...readRetry(source, known.get('retry')),
    allowFailure: readFlag(source, known.get('allow_failure')),
    runsOn: readRunsOn(source, known.get('runs_on'), scopes),
    resources: readResources(source, known.get('resources')),
    concurrency: readConcurrency(source, known.get('concurrency'), scopes),
    approval: readFlag(source, known.get('approval')),
    cache: readCaches(source, known.get('cache'), scopes, names),
    artifacts: readArtifacts(source, known.get('artifacts')),
    artifactsFrom: readArtifactsFrom(source, known.get('artifacts_from'), needs, context.jobs),
    reports: readReports(source, known.get('reports')),
    clone: readClone(source, known.get('clone')),
    notify: readNotify(source, known.get('notify')),
    steps: steps ? readSteps(source, steps.value, `\`${steps.key}\``, { scopes, environment, names }) : [],
    places: placesOf(source, known, span),
  });
  source.check(spec, (property) => {
    const entry = known.get(PROPERTIES.get(property) ?? property);
    return entry ? spanOf(entry.value) : span;
  });
  if (image && spec.image !== undefined) warnOfImage(source, image.value, spec.image);
  warnOfInstall(source, span, spec);
  return { spec, needs };
};

/** A job: a mapping, or just its list of commands. */
export const readJob = (source: SpecSource, entry: Entry, context: JobContext): WrittenJob => {
  const found = source.resolve(entry.value);
  const at = { name: entry.key, span: entry.span };
  if (isMap(found)) {
    const entries = source.entries(found);
    const known = source.known('job', entries);
    if (!known.has('steps') && !known.has('execute') && known.size === entries.length)
      source.findings.error(
        'NOTHING_TO_RUN',
        entry.span,
        `the job ${shown(entry.key)} has nothing to run; give it \`steps\``,
      );
    return readJobKeys(source, at, known, context);
  }
  if (found && !isSeq(found))
    source.mismatch(found, `the job ${shown(entry.key)}`, 'must be a mapping with `steps`, or a list of commands');
  const scopes = namesOf(source, new Map(), [], context);
  const { environment } = context;
  const what = `the job ${shown(entry.key)}`;
  const steps = isSeq(found)
    ? readSteps(source, found, what, { scopes, environment, names: namesIn(environment) })
    : [];
  const spec = new JobSpec({ name: entry.key, steps, places: placesOf(source, new Map(), entry.span) });
  source.check(spec, () => entry.span);
  return { spec, needs: [] };
};
