import { didYouMean, listed, shown } from './wording.js';

/** Where a key stands. */
export type Level = 'pipeline' | 'job' | 'step';

const PLACE: Record<Level, string> = { pipeline: 'at the top level', job: 'in a job', step: 'in a step' };

const CARRIED_OUT: Record<Level, readonly string[]> = {
  pipeline: ['image', 'environment', 'jobs', 'steps', 'execute'],
  job: ['image', 'environment', 'needs', 'steps', 'execute'],
  step: ['name', 'run', 'environment'],
};

const JOB_LATER = [
  'allow_failure',
  'approval',
  'artifacts',
  'artifacts_from',
  'cache',
  'clone',
  'concurrency',
  'matrix',
  'notify',
  'reports',
  'resources',
  'retry',
  'runs_on',
  'secrets',
  'services',
  'timeout',
  'when',
];

/** Keys of the language that this version would have to ignore: it refuses them instead. */
const LATER: Record<Level, readonly string[]> = {
  pipeline: ['on', ...JOB_LATER],
  job: JOB_LATER,
  step: ['allow_failure', 'image', 'retry', 'secrets', 'shell', 'timeout', 'user', 'when', 'working_directory'],
};

/** What other systems call it → what it is called here, the first that exists on the level. */
const ELSEWHERE = new Map<string, readonly string[]>([
  ['env', ['environment']],
  ['variables', ['environment']],
  ['script', ['steps', 'run']],
  ['commands', ['steps', 'run']],
  ['command', ['steps', 'run']],
  ['run', ['steps']],
  ['before_script', ['steps', 'run']],
  ['depends_on', ['needs']],
  ['stages', ['needs', 'jobs']],
  ['stage', ['needs']],
  ['if', ['when']],
  ['rules', ['when']],
  ['continue-on-error', ['allow_failure']],
  ['timeout-minutes', ['timeout']],
  ['runs-on', ['runs_on']],
  ['strategy', ['matrix']],
  ['container', ['image']],
  ['working-directory', ['working_directory']],
]);

/** From where a key is most likely to have strayed. */
const HOMES: readonly Level[] = ['job', 'pipeline', 'step'];

const isKey = (level: Level, key: string): boolean => CARRIED_OUT[level].includes(key) || LATER[level].includes(key);

const foreign = (level: Level, key: string): string | undefined => {
  const name = ELSEWHERE.get(key)?.find((candidate) => isKey(level, candidate));
  if (name === undefined) return undefined;
  const later = LATER[level].includes(name) ? ', which is not supported yet by this version' : '';
  return `unknown key \`${key}\` ${PLACE[level]}; it is called \`${name}\` here${later}`;
};

/** What is wrong with a key on a level; undefined for a key that is carried out. */
export const complaintAbout = (level: Level, key: string): string | undefined => {
  if (CARRIED_OUT[level].includes(key)) return undefined;
  if (LATER[level].includes(key)) return `\`${key}\` ${PLACE[level]} is not supported yet by this version`;
  const translated = foreign(level, key);
  if (translated !== undefined) return translated;
  const home = HOMES.find((other) => isKey(other, key));
  if (home !== undefined) return `\`${key}\` does not belong ${PLACE[level]}; it belongs ${PLACE[home]}`;
  const suggestion = didYouMean(key, [...CARRIED_OUT[level], ...LATER[level]]);
  const choice = suggestion || `; the keys here are ${listed(CARRIED_OUT[level])}`;
  return `unknown key ${shown(key)} ${PLACE[level]}${choice}`;
};
