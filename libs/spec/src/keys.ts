/** The mappings of the language: where they stand, in words, and the keys of each. */
export const LEVELS = {
  pipeline: { place: 'at the top level', keys: ['image', 'environment', 'on', 'jobs'] },
  job: {
    place: 'in a job',
    keys: [
      ...['image', 'environment', 'steps', 'execute', 'needs', 'matrix', 'when', 'services', 'secrets', 'timeout'],
      ...['retry', 'allow_failure', 'runs_on', 'resources', 'concurrency', 'approval', 'cache', 'artifacts'],
      ...['artifacts_from', 'reports', 'clone', 'notify'],
    ],
  },
  step: {
    place: 'in a step',
    keys: [
      ...['name', 'run', 'image', 'environment', 'secrets', 'shell', 'working_directory', 'user', 'timeout', 'retry'],
      ...['allow_failure', 'when'],
    ],
  },
  on: { place: 'in `on`', keys: ['push', 'pull_request', 'tag', 'schedule', 'manual'] },
  'on.push': { place: 'in `push`', keys: ['branches', 'tags', 'paths'] },
  'on.pull_request': { place: 'in `pull_request`', keys: ['branches', 'paths'] },
  'on.schedule': { place: 'in `schedule`', keys: ['cron'] },
  'on.manual': { place: 'in `manual`', keys: ['inputs'] },
  input: { place: 'in an input', keys: ['type', 'description', 'default', 'required', 'options'] },
  need: { place: 'in a need', keys: ['job', 'optional'] },
  when: { place: 'in `when`', keys: ['event', 'branch', 'tag', 'base', 'paths', 'status'] },
  matrix: { place: 'in `matrix`', keys: ['include', 'exclude', 'fail_fast', 'max_parallel'] },
  service: { place: 'in a service', keys: ['image', 'environment', 'command', 'privileged'] },
  retry: { place: 'in `retry`', keys: ['command', 'infrastructure'] },
  resources: { place: 'in `resources`', keys: ['cpus', 'memory'] },
  concurrency: { place: 'in `concurrency`', keys: ['group', 'cancel'] },
  cache: { place: 'in `cache`', keys: ['key', 'restore_keys', 'paths'] },
  reports: { place: 'in `reports`', keys: ['junit'] },
  clone: { place: 'in `clone`', keys: ['depth', 'submodules', 'lfs'] },
  notify: { place: 'in `notify`', keys: ['to', 'on'] },
} as const satisfies Record<string, { place: string; keys: readonly string[] }>;

/** Where a key stands. */
export type Level = keyof typeof LEVELS;
export type KeyOf<L extends Level> = (typeof LEVELS)[L]['keys'][number];

/** Keys of a job that have no sense where there is only one. */
const NEED_OTHERS = ['needs', 'artifacts_from'];

/** Without `jobs`, the top level is that of the only job, too. */
export const SHORT_FORM_KEYS: readonly string[] = LEVELS.job.keys.filter((key) => !NEED_OTHERS.includes(key));

export const keysOf = (level: Level): readonly string[] =>
  level === 'pipeline' ? [...LEVELS.pipeline.keys, ...SHORT_FORM_KEYS.slice(2)] : LEVELS[level].keys;

/** From where a key is most likely to have strayed. */
const HOMES: readonly Level[] = ['job', 'pipeline', 'step', 'on'];

export const homeOf = (key: string): Level | undefined => HOMES.find((level) => isKey(level, key));

const isKey = (level: Level, key: string): boolean => (LEVELS[level].keys as readonly string[]).includes(key);
