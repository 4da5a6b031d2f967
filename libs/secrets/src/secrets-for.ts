import { SecretUnavailable } from '#errors';
import type { Trigger } from '#events';
import { compileGlobs } from '#glob';
import { MAX_SECRETS_OF_JOB, type StoredSecret } from './stored-secret.js';

/** What is looked at: what was verified of the build, and nothing that its spec or its author says. */
export type SecretSeeker = Readonly<{
  repo: string;
  repoId: string;
  trigger: Pick<Trigger, 'event' | 'ref' | 'isDefaultBranch' | 'pullRequest'>;
}>;

const BRANCHES = 'refs/heads/';
const TAGS = 'refs/tags/';

const matchesBranch = (branch: string, isDefault: boolean, globs: readonly string[] | undefined): boolean => {
  if (globs === undefined) return isDefault;
  const compiled = compileGlobs(globs);
  return compiled.ok && compiled.globs.matches(branch);
};

/** Whether a secret is for a build like this. A pull request has no branch, and one from a fork gets nothing. */
export const isBound = ({ events, branches }: StoredSecret, { trigger }: SecretSeeker): boolean => {
  const { event, ref, isDefaultBranch, pullRequest } = trigger;
  if (pullRequest?.fork === true || !events.includes(event)) return false;
  if (ref.startsWith(BRANCHES) && event !== 'pull_request' && event !== 'tag')
    return matchesBranch(ref.slice(BRANCHES.length), isDefaultBranch, branches);
  // A tag that is run by hand is both.
  if (ref.startsWith(TAGS)) return event === 'tag' || (event === 'manual' && events.includes('tag'));
  return event === 'pull_request' && pullRequest?.fork === false;
};

/** For which builds a secret is, for people. */
export const bindingOf = ({ events, branches }: Pick<StoredSecret, 'events' | 'branches'>): string => {
  const ofBranches = events.filter((event) => event !== 'tag' && event !== 'pull_request');
  return [
    ...(ofBranches.length > 0 ? [`${ofBranches.join(', ')} of ${branches?.join(', ') ?? 'the default branch'}`] : []),
    ...(events.includes('tag') ? ['tags'] : []),
    ...(events.includes('pull_request') ? ['pull requests, but from forks'] : []),
  ].join('; ');
};

const buildOf = ({ trigger: { event, ref } }: SecretSeeker): string =>
  `${event === 'manual' ? 'manual run' : event.replace('_', ' ')} of ${ref.replace(/^refs\/(heads|tags|pull)\//, '')}`;

/** By id before by name: a name may have been another repository's. */
const found = (
  secrets: readonly StoredSecret[],
  name: string,
  { repo, repoId }: SecretSeeker,
): StoredSecret | undefined =>
  secrets.find((secret) => secret.name === name && secret.repo === repoId) ??
  secrets.find((secret) => secret.name === name && secret.repo.toLowerCase() === repo.toLowerCase());

const problemWith = (secret: StoredSecret | undefined, name: string, seeker: SecretSeeker): string | undefined => {
  const set = `cairn secret set ${secret?.repo ?? seeker.repo} ${name}`;
  if (!secret) return `the secret ${name} is not stored for ${seeker.repo}; on the machine of the runner: ${set}`;
  if (isBound(secret, seeker)) return undefined;
  return (
    `the secret ${name} is kept for ${bindingOf(secret)}, and this is a ${buildOf(seeker)}; ` +
    `keep the job from it by \`when\`, or bind the secret anew: ${set} --events … --branches …`
  );
};

/** The values of these secrets, by name. @throws SecretUnavailable names every one that is missing or for other builds */
export const secretsFor = (
  secrets: readonly StoredSecret[],
  names: readonly string[],
  seeker: SecretSeeker,
): ReadonlyMap<string, string> => {
  if (names.length > 0 && seeker.trigger.pullRequest?.fork === true)
    throw new SecretUnavailable(
      `a pull request from a fork gets no secrets, and the job asks for ${names.join(', ')}; keep it from forks, as by \`when: {event: push}\``,
    );
  const asked = names.map((name) => [name, found(secrets, name, seeker)] as const);
  const problems = asked.flatMap(([name, secret]) => problemWith(secret, name, seeker) ?? []);
  if (problems.length > 0) throw new SecretUnavailable(problems.join(' · '));
  const values = new Map(asked.map(([name, secret]) => [name, secret?.value ?? '']));
  const bytes = [...values.values()].reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  if (bytes > MAX_SECRETS_OF_JOB)
    throw new SecretUnavailable(
      `the secrets of the job have ${bytes} bytes together, at most ${MAX_SECRETS_OF_JOB} are given`,
    );
  return values;
};
