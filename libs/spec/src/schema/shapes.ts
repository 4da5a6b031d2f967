import { JOB_NAME } from '#events';
import { DURATION } from '../duration.js';
import { MAX_INPUTS } from '../inputs.reader.js';
import { ConcurrencySpec, JobSpec, NotifySpec, SecretName, ServiceSpec } from '../job-spec.js';
import { MAX_CACHES } from '../keeping.reader.js';
import { LEVELS, type KeyOf, type Level } from '../keys.js';
import { AxisName } from '../matrix.reader.js';
import { EVENTS, INPUT_TYPES, InputSpec } from '../on-spec.js';
import { MAX_SCHEDULES } from '../on.reader.js';
import { EnvironmentVariable, MAX_JOBS, MAX_STEPS, Pipeline } from '../pipeline.js';
import { MAX_SERVICES } from '../services.reader.js';
import { MAX_CPUS, MAX_DEPTH, MAX_RETRIES, NOTIFY_ON } from '../settings.reader.js';
import { SIZE } from '../size.js';
import { StepSpec } from '../step-spec.js';
import { MAX_LIST } from '../values.reader.js';
import { STATUSES } from '../when.js';
import { oneOrMany, ref, SCALAR, TEXT, whole, type JsonSchema } from './json-schema.js';
import { patternOf, rulesOf } from './rules-of.js';

const FLAG: JsonSchema = { type: 'boolean', default: false };
const NOTHING: JsonSchema = { type: 'null' };
const LIST = { maxItems: MAX_LIST };
const SOME = { minItems: 1, ...LIST };
const GLOBS = oneOrMany(TEXT, SOME);
const DURATION_TEXT: JsonSchema = { type: 'string', minLength: 1, pattern: DURATION.source };
const SECRETS = oneOrMany(rulesOf(SecretName, 'name'), LIST);

/** What the value of each key may be. */
export const SHAPES: { readonly [L in Level]: Readonly<Record<KeyOf<L>, JsonSchema>> } = {
  pipeline: {
    image: rulesOf(Pipeline, 'image'),
    environment: ref('environment'),
    on: {
      anyOf: [
        { enum: EVENTS.filter((event) => event !== 'schedule') },
        { type: 'array', items: { enum: EVENTS.filter((event) => event !== 'schedule') }, minItems: 1 },
        ref('on'),
      ],
    },
    jobs: {
      type: 'object',
      minProperties: 1,
      maxProperties: MAX_JOBS,
      patternProperties: { [JOB_NAME.source]: { anyOf: [ref('steps'), ref('job')] } },
      additionalProperties: false,
    },
  },
  job: {
    image: rulesOf(JobSpec, 'image'),
    environment: ref('environment'),
    steps: ref('steps'),
    execute: ref('steps'),
    needs: oneOrMany({ anyOf: [TEXT, ref('need')] }, LIST),
    matrix: ref('matrix'),
    when: ref('when'),
    services: {
      type: 'object',
      maxProperties: MAX_SERVICES,
      patternProperties: {
        [patternOf(ServiceSpec, 'name')]: { anyOf: [rulesOf(ServiceSpec, 'image'), ref('service')] },
      },
      additionalProperties: false,
    },
    secrets: SECRETS,
    timeout: DURATION_TEXT,
    retry: { anyOf: [whole(0, MAX_RETRIES), ref('retry')] },
    allow_failure: FLAG,
    runs_on: oneOrMany(rulesOf(JobSpec, 'runsOn'), { minItems: 1, maxItems: 1 }),
    resources: ref('resources'),
    concurrency: { anyOf: [rulesOf(ConcurrencySpec, 'group'), ref('concurrency')] },
    approval: FLAG,
    cache: oneOrMany(ref('cache'), { maxItems: MAX_CACHES }),
    artifacts: GLOBS,
    artifacts_from: oneOrMany(TEXT, LIST),
    reports: ref('reports'),
    clone: { anyOf: [{ const: false }, ref('clone')] },
    notify: oneOrMany({ anyOf: [rulesOf(NotifySpec, 'to'), ref('notify')] }, LIST),
  },
  step: {
    name: rulesOf(StepSpec, 'name'),
    run: oneOrMany(TEXT, { minItems: 1 }),
    image: rulesOf(StepSpec, 'image'),
    environment: ref('environment'),
    secrets: SECRETS,
    shell: rulesOf(StepSpec, 'shell'),
    working_directory: rulesOf(StepSpec, 'workingDirectory'),
    user: rulesOf(StepSpec, 'user'),
    timeout: DURATION_TEXT,
    retry: whole(0, MAX_RETRIES),
    allow_failure: FLAG,
    when: ref('when'),
  },
  on: {
    push: { anyOf: [NOTHING, ref('on.push')] },
    pull_request: { anyOf: [NOTHING, ref('on.pull_request')] },
    tag: { anyOf: [NOTHING, GLOBS] },
    schedule: oneOrMany(ref('on.schedule'), { minItems: 1, maxItems: MAX_SCHEDULES }),
    manual: { anyOf: [NOTHING, ref('on.manual')] },
  },
  'on.push': { branches: GLOBS, tags: GLOBS, paths: GLOBS },
  'on.pull_request': { branches: GLOBS, paths: GLOBS },
  'on.schedule': { cron: { type: 'string', pattern: '^\\s*(@[a-z]+|\\S+(\\s+\\S+){4})\\s*$' } },
  'on.manual': {
    inputs: {
      type: 'object',
      maxProperties: MAX_INPUTS,
      patternProperties: { [patternOf(InputSpec, 'name')]: { anyOf: [NOTHING, ref('input')] } },
      additionalProperties: false,
    },
  },
  input: {
    type: { enum: INPUT_TYPES, default: 'string' },
    description: SCALAR,
    default: SCALAR,
    required: FLAG,
    options: oneOrMany(SCALAR, SOME),
  },
  need: { job: TEXT, optional: FLAG },
  when: {
    event: oneOrMany({ enum: EVENTS }, SOME),
    branch: GLOBS,
    tag: GLOBS,
    base: GLOBS,
    paths: GLOBS,
    status: oneOrMany({ enum: STATUSES }, SOME),
  },
  matrix: {
    include: oneOrMany(ref('cell'), LIST),
    exclude: oneOrMany(ref('cell'), LIST),
    fail_fast: FLAG,
    max_parallel: whole(1, MAX_JOBS),
  },
  service: {
    image: rulesOf(ServiceSpec, 'image'),
    environment: ref('environment'),
    command: oneOrMany(TEXT, SOME),
    privileged: FLAG,
  },
  retry: { command: whole(0, MAX_RETRIES), infrastructure: whole(0, MAX_RETRIES) },
  resources: {
    cpus: { type: 'number', exclusiveMinimum: 0, maximum: MAX_CPUS },
    memory: { type: 'string', pattern: SIZE.source },
  },
  concurrency: { group: rulesOf(ConcurrencySpec, 'group'), cancel: FLAG },
  cache: { key: TEXT, restore_keys: oneOrMany(TEXT, LIST), paths: oneOrMany(TEXT, SOME) },
  reports: { junit: GLOBS },
  clone: { depth: whole(0, MAX_DEPTH), submodules: FLAG, lfs: FLAG },
  notify: { to: rulesOf(NotifySpec, 'to'), on: { enum: NOTIFY_ON, default: 'failure' } },
};

/** Keys that must be there. */
export const REQUIRED: Readonly<Partial<Record<Level, readonly string[]>>> = {
  step: ['run'],
  'on.schedule': ['cron'],
  need: ['job'],
  service: ['image'],
  concurrency: ['group'],
  cache: ['key', 'paths'],
  reports: ['junit'],
  notify: ['to'],
};

const axis = patternOf(AxisName, 'name');

/** Beside its own keys a matrix has axes. */
export const AXIS = `^(?!(?:${LEVELS.matrix.keys.join('|')})$)${axis.replace(/^\^/, '')}`;
export const AXIS_VALUES: JsonSchema = { type: 'array', items: SCALAR, minItems: 1 };

/** `when` as one expression. */
export const CONDITION: JsonSchema = {
  type: 'string',
  pattern: `^\\s*\\$\\{\\{(?:'[^']*'|(?!\\}\\})[^'])*\\}\\}\\s*$`,
};

/** What is none of the mappings that have keys of the language. */
export const OTHERS: Readonly<Record<'environment' | 'cell' | 'steps', JsonSchema>> = {
  environment: {
    type: 'object',
    patternProperties: { [patternOf(EnvironmentVariable, 'name')]: SCALAR },
    additionalProperties: false,
  },
  cell: { type: 'object', minProperties: 1, patternProperties: { [axis]: SCALAR }, additionalProperties: false },
  steps: { type: 'array', minItems: 1, maxItems: MAX_STEPS, items: { anyOf: [TEXT, ref('step')] } },
};
