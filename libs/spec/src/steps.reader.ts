import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { namesIn, readEnvironment } from './environment.reader.js';
import { spanOf } from './findings.js';
import { warnOfImage, warnOfStep } from './habits.js';
import { cureOf } from './foreign-keys.js';
import { MAX_STEPS } from './pipeline.js';
import type { JobScopes, LazyNames } from './scopes.js';
import { readSecrets, readStepRetry } from './settings.reader.js';
import { isEmpty, type Entry, type SpecSource } from './spec-source.js';
import { StepSpec, type Environment } from './step-spec.js';
import { checkText, readText } from './text.reader.js';
import { readDuration, readFlag } from './values.reader.js';
import { readWhen } from './when.reader.js';
import { shown } from './wording.js';

const NESTED = 'a step cannot be a list; to run several commands in one shell, write them as a list under `run`';

/** The keys whose values have rules in `StepSpec`. */
const CHECKED = ['name', 'image', 'shell', 'working_directory', 'user'];

/** What the steps of a job are read with: `environment` is what they inherit. */
export type StepContext = Readonly<{ scopes: JobScopes; environment: Environment; names: LazyNames }>;

const readCommand = (source: SpecSource, node: Node, what: string, { scopes }: StepContext, should?: string) => {
  const text = source.words(node, what, should);
  return text !== undefined && checkText(source, node, text, what, scopes.command('in a command')) ? text : undefined;
};

const readRun = (source: SpecSource, node: Node, context: StepContext): string[] => {
  const found = source.resolve(node);
  if (!found) return [];
  if (!isSeq(found)) {
    const command = readCommand(source, found, '`run`', context, 'must be a command or a list of commands');
    return command === undefined ? [] : [command];
  }
  if (found.items.length === 0) source.error('EMPTY', found, '`run` is an empty list; write at least one command');
  return found.items.flatMap((item) => readCommand(source, item as Node, 'a command in `run`', context) ?? []);
};

/** `- echo foo: bar` is a mapping to YAML, and a command to everybody else. */
const isCommand = ({ key }: Entry): boolean => /\s/.test(key) && !cureOf('step', key);

const entriesOf = (source: SpecSource, mapping: YAMLMap): Entry[] =>
  source.entries(mapping).filter((entry) => {
    if (!isCommand(entry)) return true;
    const message = `${shown(`${entry.key}:`)} makes this line a mapping; to have it as a command, put the whole of it in quotes`;
    source.findings.error('COMMAND_IS_A_MAPPING', entry.span, message);
    return false;
  });

const readStepMapping = (source: SpecSource, mapping: YAMLMap, context: StepContext): StepSpec | undefined => {
  const all = source.entries(mapping).length;
  const entries = entriesOf(source, mapping);
  const known = source.known('step', entries);
  const { scopes } = context;
  const [run, image, directory] = [known.get('run'), known.get('image'), known.get('working_directory')];
  const environment = readEnvironment(
    source,
    known.get('environment'),
    scopes.stepValue('in the `environment` of a step', context.names),
  );
  const names = environment.size === 0 ? context.names : namesIn(context.environment, environment);
  const step = new StepSpec({
    name: readText(source, known.get('name'), scopes.planned('in the name of a step'), 'the name of a step'),
    run: run ? readRun(source, run.value, context) : [],
    image: readText(source, image, scopes.image()),
    environment,
    secrets: readSecrets(source, known.get('secrets')),
    shell: readText(source, known.get('shell')),
    workingDirectory: readText(source, directory, scopes.stepValue('in `working_directory`', names)),
    user: readText(source, known.get('user')),
    timeoutMs: readDuration(source, known.get('timeout')),
    retries: readStepRetry(source, known.get('retry')),
    allowFailure: readFlag(source, known.get('allow_failure')),
    when: readWhen(source, known.get('when'), scopes.stepWhen(names)),
    place: source.placeOf(mapping),
  });
  if (CHECKED.some((key) => known.has(key)))
    source.check(step, (property) => {
      const entry = known.get(property === 'workingDirectory' ? 'working_directory' : property);
      return spanOf(entry?.value ?? mapping);
    });
  if (image && step.image !== undefined) warnOfImage(source, image.value, step.image);
  if (!run && known.size === all) return source.error('MISSING_KEY', mapping, 'a step needs `run`, the command to run');
  if (run) warnOfStep(source.findings, spanOf(run.value), step.run);
  return step;
};

const readStep = (source: SpecSource, node: Node, context: StepContext): StepSpec | undefined => {
  const found = source.resolve(node);
  if (!found) return undefined;
  if (isMap(found)) return readStepMapping(source, found, context);
  if (isSeq(found)) return source.error('STEP_IS_A_LIST', found, NESTED);
  if (isScalar(found) && isEmpty(found))
    return source.error('EMPTY', found, 'a step is empty; write a command after the `-`');
  const command = readCommand(source, found, 'a command', context);
  if (command === undefined) return undefined;
  warnOfStep(source.findings, spanOf(node), [command]);
  return new StepSpec({ run: [command], place: source.placeOf(node) });
};

/** A list of steps, not empty; `what` names the list in messages. */
export const readSteps = (source: SpecSource, node: Node, what: string, context: StepContext): StepSpec[] => {
  const list = source.list(node, what, 'must be a list of commands, each on its own line after `- `');
  const items = list?.items ?? [];
  if (list && items.length === 0) source.error('EMPTY', list, `${what} is an empty list; write at least one command`);
  if (list && items.length > MAX_STEPS) source.error('TOO_MANY', list, `a job has at most ${MAX_STEPS} steps`);
  return items.slice(0, MAX_STEPS).flatMap((item) => readStep(source, item, context) ?? []);
};
