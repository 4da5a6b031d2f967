const text = { type: 'string' };
const some = { anyOf: [text, { type: 'array', items: text }] };
const texts = { type: 'object', additionalProperties: text };
const count = { type: 'integer', minimum: 1 };
const yes = { const: true };

/** An object that has no other keys. */
const just = (properties: Readonly<Record<string, unknown>>, required: readonly string[] = []) => ({
  ...{ type: 'object', additionalProperties: false, properties },
  ...(required.length > 0 ? { required } : {}),
});

const deeds = {
  ...{ say: some, print: some, show: some, tell: some, where: yes, describe: yes },
  ...{ write: texts, link: texts, hardlink: texts, folder: some, executable: some, env: some, output: some },
  spoil: { enum: ['link', 'folder'] },
  trap: { anyOf: [{ const: 'nothing' }, { $ref: '#/definitions/deeds' }] },
  ...{ await: text, flood: yes, hang: yes },
  shortage: { enum: ['memory', 'processes', 'disk'] },
  exit: { type: 'integer', minimum: 0, maximum: 255 },
  kill: { enum: ['INT', 'KILL', 'TERM'] },
  ...{ lose: yes, break: yes },
  ail: { enum: ['fails', 'waits'] },
  then: { $ref: '#/definitions/deeds' },
};

const rule = just({
  ...{ run: text, service: text, create: { const: 'engine-away' }, job: text, attempt: count, try: count },
  ...deeds,
});

const build = { enum: ['awaiting_approval', 'running', 'passed', 'failed', 'cancelled', 'rejected'] };
const job = {
  enum: ['waiting', 'awaiting_approval', 'queued', 'running', 'passed', 'failed', 'cancelled', 'skipped'],
};

const act = just(
  {
    when: just({
      build: { enum: [1, 2] },
      job: text,
      says: text,
      is: { enum: [...new Set([...build.enum, ...job.enum])] },
    }),
    ...{ cancel: yes, push: texts, rerun: yes, approve: text, put: text, in: text, of: { enum: [1, 2] } },
  },
  ['when'],
);

const outcome = { type: 'string', pattern: '^(passed|failed|cancelled|skipped|waiting)( \\d+)?$' };

const ended = {
  anyOf: [
    job,
    just(
      {
        ...{ is: job, reason: text, attempt: { type: 'integer', minimum: 0 }, earlier: { type: 'array', items: text } },
        failure: { enum: ['step', 'timeout', 'setup', 'infrastructure', 'none'] },
        ...{ steps: { type: 'array', items: outcome }, prepare: outcome },
        log: { type: 'object', additionalProperties: false, patternProperties: { '^\\d+$': some } },
        ...{ outputs: texts, artifacts: { type: 'integer' } },
        tests: { type: 'object', additionalProperties: { type: 'integer' } },
      },
      ['is'],
    ),
  ],
};

const ends = just(
  {
    ...{ build, reason: text, jobs: { type: 'object', additionalProperties: ended } },
    ...{ together: count, order: { type: 'array', items: text } },
  },
  ['build', 'jobs'],
);

/** The form of a file of `test/scenarios/run`: a key that is misspelt is an error. */
export const RUN_SCENARIOS = {
  definitions: { deeds: just(deeds) },
  type: 'array',
  minItems: 1,
  items: {
    ...just(
      {
        ...{ case: text, spec: text, trigger: text, inputs: texts, files: texts, docker: yes, ignored: text },
        secrets: {
          type: 'array',
          items: just({ name: text, value: text, events: { type: 'array', items: text } }, ['name', 'value']),
        },
        does: { type: 'array', items: rule },
        acts: { type: 'array', items: act },
        ...{ ends, second: ends },
      },
      ['case', 'spec'],
    ),
    anyOf: [{ required: ['ends'] }, { required: ['ignored'] }],
  },
};
