import type { Level } from './keys.js';

/** What to do about a key of another system. `use`: the key here; `how`: a whole sentence, where a name is not enough. */
export type Cure = Readonly<{ use?: string; how?: string }>;
type Table = Readonly<Record<string, Cure>>;

const use = (key: string, how?: string): Cure => ({ use: key, ...(how === undefined ? {} : { how }) });
const how = (text: string): Cure => ({ how: text });

const COMMANDS = {
  script: use('steps'),
  commands: use('steps'),
  command: use('steps', 'commands are listed under `steps`'),
  run: use('steps', 'in a job commands are listed under `steps`'),
  before_script: use('steps', 'there is only `steps`: write these commands first'),
  after_script: use('steps', 'there is only `steps`: write a last step with `when: {status: [passed, failed]}`'),
  before_install: use('steps', 'there is only `steps`: write these commands first'),
  install: use('steps', 'there is only `steps`: write these commands first'),
} as const satisfies Table;

const ENVIRONMENT = { env: use('environment'), variables: use('environment') } as const satisfies Table;
const TIMEOUT = {
  'timeout-minutes': use('timeout', 'it is called `timeout` here, and has a unit: `timeout: 10m`'),
  timeout_in_minutes: use('timeout', 'it is called `timeout` here, and has a unit: `timeout: 10m`'),
} as const satisfies Table;
const FAILURE = {
  'continue-on-error': use('allow_failure'),
  soft_fail: use('allow_failure'),
  failure: use('allow_failure', '`failure: ignore` is called `allow_failure: true` here'),
} as const satisfies Table;
const CONDITION = {
  if: use('when', 'it is called `when` here: a mapping like `when: {branch: main}`, or an expression in `${{ … }}`'),
  rules: use('when'),
  only: use('when', 'write `when: {branch: …}`'),
  except: use('when', "write `when: {branch: '!name'}`"),
  branches: use('when', 'write `when: {branch: …}`'),
  condition: use('when'),
} as const satisfies Table;
const POOL = {
  'runs-on': use('runs_on', 'it is called `runs_on` here and names a pool of runners; what runs in it is `image`'),
  agents: use('runs_on'),
  agent: use('runs_on'),
  pool: use('runs_on'),
  tags: use('runs_on', 'the runners are chosen by `runs_on`'),
  labels: use('runs_on'),
} as const satisfies Table;

const JOB = {
  ...COMMANDS,
  ...ENVIRONMENT,
  ...TIMEOUT,
  ...FAILURE,
  ...CONDITION,
  ...POOL,
  depends_on: use('needs'),
  dependsOn: use('needs'),
  requires: use('needs'),
  stage: use('needs', 'there are no stages: `needs` names the jobs that come before'),
  strategy: use('matrix', '`matrix` stands in the job itself, with `fail_fast` and `max_parallel` in it'),
  parallel: use('matrix'),
  'fail-fast': use('matrix', 'write `fail_fast` in `matrix`'),
  'max-parallel': use('matrix', 'write `max_parallel` in `matrix`'),
  container: use('image'),
  docker: use('image'),
  dependencies: use('artifacts_from'),
  outputs: how('a step writes `NAME=value` to `$CAIRN_OUTPUT`, and others read `needs.<job>.NAME`'),
  uses: how('there are no ready-made actions: write the command that it stands for under `steps`'),
  with: how('there are no ready-made actions: write the command that it stands for under `steps`'),
  plugins: how('there are no plugins: write the command that it stands for under `steps`'),
  permissions: how('a job has no rights at the forge: leave it out'),
  defaults: how('`shell` and `working_directory` stand in each step'),
  resource_group: use('concurrency'),
  interruptible: use('concurrency', 'write `concurrency: {group: …, cancel: true}`'),
  secret: use('secrets'),
  artifact_paths: use('artifacts'),
  artifact: use('artifacts'),
  skip: use('when'),
} as const satisfies Table;

/** What other systems call it → what it is called here. */
const FOREIGN: Readonly<Partial<Record<Level, Table>>> = {
  pipeline: {
    ...JOB,
    stages: use('needs', 'there are no stages: each job says under `needs` which jobs come before it'),
    workflow: use('on'),
    workflows: use('jobs'),
    pipeline: use('steps'),
    pipelines: use('jobs'),
    trigger: use('on'),
    triggers: use('on'),
    pr: use('on', 'write `pull_request` under `on`'),
    true: use('on', 'a tool that takes the file for YAML 1.1 wrote `on` as `true`; see docs/spec.md for its setting'),
    default: how('`image` and `environment` at the top level hold for all jobs'),
    include: how('a pipeline is one file: copy what is needed'),
    version: how('the language has no version to name: leave it out'),
    name: how('a pipeline has no name: leave it out'),
    language: use('image', 'what the commands need comes from `image`, for example `image: node:22`'),
    cron: use('on', 'write `schedule: [{cron: …}]` under `on`'),
    schedules: use('on', 'write `schedule: [{cron: …}]` under `on`'),
  },
  job: JOB,
  step: {
    ...COMMANDS,
    ...ENVIRONMENT,
    ...TIMEOUT,
    ...FAILURE,
    ...CONDITION,
    script: use('run'),
    commands: use('run'),
    command: use('run'),
    'working-directory': use('working_directory'),
    workingDirectory: use('working_directory'),
    working_dir: use('working_directory'),
    directory: use('working_directory'),
    dir: use('working_directory'),
    label: use('name'),
    displayName: use('name'),
    container: use('image'),
    secret: use('secrets'),
    uses: how('there are no ready-made actions: write the command that it stands for under `run`'),
    with: how('there are no ready-made actions: write the command that it stands for under `run`'),
    plugins: how('there are no plugins: write the command that it stands for under `run`'),
    id: how('a step has no id: it writes `NAME=value` to `$CAIRN_ENV`, and later steps have the variable'),
    depends_on: how('the steps of a job run one after the other: what may run at the same time is another job'),
    needs: how('the steps of a job run one after the other: what may run at the same time is another job'),
    before_script: use('run', 'write these commands first under `run`'),
    after_script: how('write another step, with `when: {status: [passed, failed]}`'),
    run_as: use('user'),
  },
  on: {
    workflow_dispatch: use('manual'),
    merge_request: use('pull_request'),
    merge_requests: use('pull_request'),
    pull_request_target: use('pull_request'),
    pr: use('pull_request'),
    pull: use('pull_request'),
    tags: use('tag'),
    cron: use('schedule', 'write `schedule: [{cron: …}]`'),
    schedules: use('schedule'),
    branches: use('push', 'write it in `push` or `pull_request`'),
    paths: use('push', 'write it in `push` or `pull_request`'),
    release: use('tag', 'a release has a tag: write `tag`'),
    workflow_call: how('a pipeline is not called by others: leave it out'),
  },
  'on.push': {
    branch: use('branches'),
    tag: use('tags'),
    path: use('paths'),
    'branches-ignore': use('branches', "write `branches: ['**', '!name']`"),
    'tags-ignore': use('tags', "write `tags: ['**', '!name']`"),
    'paths-ignore': use('paths', "write `paths: ['**', '!docs/**']`"),
    exclude: use('branches', "write `branches: ['**', '!name']`"),
    include: use('branches'),
  },
  'on.pull_request': {
    branch: use('branches'),
    base: use('branches'),
    path: use('paths'),
    'branches-ignore': use('branches', "write `branches: ['**', '!name']`"),
    'paths-ignore': use('paths', "write `paths: ['**', '!docs/**']`"),
    types: how('a pull request is built when its commits change: leave it out'),
  },
  'on.manual': { parameters: use('inputs'), params: use('inputs'), variables: use('inputs') },
  input: { choices: use('options'), values: use('options'), value: use('default'), name: use('description') },
  need: { name: use('job') },
  when: {
    branches: use('branch'),
    events: use('event'),
    tags: use('tag'),
    path: use('paths'),
    changes: use('paths'),
    ref: use('branch'),
    base_ref: use('base'),
    target: use('base'),
    evaluate: how('write the whole of `when` as an expression: `when: ${{ … }}`'),
    expression: how('write the whole of `when` as an expression: `when: ${{ … }}`'),
    matrix: how("write the whole of `when` as an expression: `when: ${{ matrix.name == 'value' }}`"),
  },
  matrix: { 'fail-fast': use('fail_fast'), 'max-parallel': use('max_parallel'), adjustments: use('include') },
  service: {
    ...ENVIRONMENT,
    commands: use('command'),
    entrypoint: use('command'),
    args: use('command'),
    name: how('the name of a service is the key before it'),
    ports: how('the job reaches a service by its name, on every port: leave it out'),
    options: how('what runs the services decides: leave it out'),
    volumes: how('a service has no volumes: leave it out'),
  },
  retry: {
    max: use('command'),
    limit: use('command'),
    automatic: use('command'),
    attempts: use('command', '`command` is how many further attempts there are: one less than in all'),
  },
  resources: { cpu: use('cpus'), mem: use('memory'), memory_limit: use('memory'), mem_limit: use('memory') },
  concurrency: {
    'cancel-in-progress': use('cancel'),
    name: use('group'),
    limit: how('one job at a time: leave it out'),
  },
  cache: {
    path: use('paths'),
    'restore-keys': use('restore_keys'),
    fallback_keys: use('restore_keys'),
    files: use('key', 'write `key: "${{ hash(\'package-lock.json\') }}"`'),
    policy: how('a cache is read before the steps and written after them: leave it out'),
  },
  reports: { xunit: use('junit'), tests: use('junit') },
  clone: { 'fetch-depth': use('depth'), fetch_depth: use('depth'), recursive: use('submodules') },
  notify: { channel: use('to'), email: use('to'), slack: use('to'), if: use('on'), when: use('on') },
};

/** The cure for a key of another system; undefined when none is known that has it there. */
export const cureOf = (level: Level, key: string): Cure | undefined => {
  const table = FOREIGN[level];
  return table && Object.hasOwn(table, key) ? table[key] : undefined;
};

/** All that are known, for the docs. */
export const foreignKeys = (): { level: Level; key: string; cure: Cure }[] =>
  Object.entries(FOREIGN).flatMap(([level, table]) =>
    Object.entries(table).map(([key, cure]) => ({ level: level as Level, key, cure })),
  );
