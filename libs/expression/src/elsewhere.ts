import { CAIRN_FIELDS, isCairnField, isContext } from './contexts.js';
import { didYouMean, shown } from './wording.js';

const called = (path: string): string => `it is called \`${path}\` here`;

/** Fields of `github` (and of those that took its names over) → fields of `cairn`. */
const GITHUB_FIELDS = new Map([
  ['ref_name', 'branch'],
  ['head_ref', 'head'],
  ['base_ref', 'base'],
  ['event_name', 'event'],
  ['repository', 'repo'],
  ['repository_id', 'repo_id'],
  ['run_number', 'build_number'],
  ['run_id', 'build_id'],
  ['run_attempt', 'attempt'],
  ['actor', 'author'],
  ['triggering_actor', 'author'],
  ['event.number', 'pull_request'],
  ['event.pull_request.number', 'pull_request'],
  ['event.pull_request.title', 'title'],
  ['event.pull_request.head.sha', 'sha'],
  ['event.pull_request.head.ref', 'head'],
  ['event.pull_request.base.ref', 'base'],
  ['event.head_commit.message', 'title'],
  ['event.repository.default_branch', 'default_branch'],
]);

const fieldOfGithub = (names: readonly string[]): string => {
  const field = names.slice(1).join('.');
  const ours = GITHUB_FIELDS.get(field) ?? (isCairnField(field) ? field : undefined);
  return ours === undefined
    ? 'what is known of the build is under `cairn`, as `cairn.branch`'
    : called(`cairn.${ours}`);
};

const renamed =
  (context: string) =>
  ([, name = 'NAME']: readonly string[]): string =>
    called(`${context}.${name}`);

/** What other systems have, by its first name → what to write instead. */
const CONTEXTS_ELSEWHERE = new Map<string, (names: readonly string[]) => string>([
  ...['github', 'gitea', 'forgejo', 'gitlab'].map((name) => [name, fieldOfGithub] as const),
  ['env', renamed('environment')],
  ['vars', renamed('environment')],
  ['variables', renamed('environment')],
  ['params', renamed('inputs')],
  ['parameters', renamed('inputs')],
  ['input', renamed('inputs')],
  ['secrets', () => 'secrets are named under `secrets:` and come as variables'],
  ['secret', () => 'secrets are named under `secrets:` and come as variables'],
  ['steps', () => 'a step writes `NAME=value` to `$CAIRN_ENV`, and later steps have the variable `$NAME`'],
  ['jobs', ([, job = 'build', ...further]) => called(['needs', job, further.at(-1) ?? 'NAME'].join('.'))],
]);

/** What is meant by a path whose first name is no context here: the end of a sentence. */
export const cureOfContext = (names: readonly string[], contexts: readonly string[]): string => {
  const [first = ''] = names;
  const elsewhere = CONTEXTS_ELSEWHERE.get(first);
  if (elsewhere && !(names.length === 1 && isCairnField(first))) return `; ${elsewhere(names)}`;
  if (names.length > 1) return didYouMean(first, contexts) || `; a path begins with ${choice(contexts)}`;
  if (first === 'null' || first === 'undefined') return "; what is not there is the empty text `''`";
  if (/^(true|false)$/i.test(first)) return `; did you mean \`${first.toLowerCase()}\`?`;
  if (isCairnField(first)) return `; did you mean \`cairn.${first}\`?`;
  if (isContext(first)) return '; a `.` and a name must follow';
  return didYouMean(first, Object.keys(CAIRN_FIELDS)).replace('mean `', 'mean `cairn.') || quoted(first);
};

const quoted = (word: string): string => `; a text is put in single quotes: ${shown(`'${word}'`)}`;

const choice = (names: readonly string[]): string => {
  const all = names.map((name) => `\`${name}.\``);
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`;
};

/** Functions of other systems → the end of a sentence. */
export const FUNCTIONS_ELSEWHERE = new Map([
  ['success', 'it is called `passed()` here'],
  ['failure', 'it is called `failed()` here'],
  ['cancelled', 'a build that was cancelled starts nothing more'],
  ['hashFiles', "it is called `hash('glob')` here"],
  ['checksum', "it is called `hash('glob')` here"],
  ['format', 'put the texts side by side: `${{ one }}-${{ two }}`'],
  ['join', 'put the texts side by side: `${{ one }}-${{ two }}`'],
  ['toJSON', 'there are only texts'],
  ['fromJSON', 'there are only texts'],
  ['not', 'it is written `!` here'],
]);
