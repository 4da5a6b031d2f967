import { messageOf } from '#errors';
import type { SamplePlace } from '../executor-state.js';
import type { Api, SampleBuild } from './api.js';
import { SAMPLE_REPO } from './push-payload.js';
import { awaitBuild, hasEnded, sendPush } from './sample-build.js';
import { commitSample } from './sample-repository.js';

const LIMIT_MS = 90_000;

export type SampleOptions = Readonly<{
  api: Api;
  gitRoot: string;
  searchPath: string;
  webhook: Readonly<{ url: string; secret: string }>;
  /** The page of a build. */
  pageOf: (id: string) => string;
  /** Where it is built; asked only when there is something to build. Undefined: nowhere now. */
  place: undefined | ((say: (line: string) => void) => Promise<SamplePlace>);
  say: (line: string) => void;
  signal: AbortSignal;
}>;

const seconds = ({ createdAt, finishedAt }: SampleBuild): string =>
  finishedAt === null ? '' : ` in ${((Date.parse(finishedAt) - Date.parse(createdAt)) / 1000).toFixed(1)} s`;

const described = (build: SampleBuild, url: string): string => {
  const reason = build.reason === null || build.status === 'passed' ? '' : ` (${build.reason})`;
  const status = hasEnded(build) ? `${build.status}${seconds(build)}` : `${build.status}, not ended yet`;
  return `build #${build.number} ${status}${reason} ${url}`;
};

const buildAnew = async (options: SampleOptions): Promise<string> => {
  const { api, gitRoot, searchPath, webhook, pageOf, place, say, signal } = options;
  if (!place) return 'not built, since jobs have to wait; the next start tries again';
  const { image, text } = await place(say);
  say(`building the sample ${text} …`);
  const push = await commitSample({ gitRoot, image, searchPath, at: new Date().toISOString() });
  const delivery = await sendPush(push, webhook, signal);
  const build = await awaitBuild(api, { sha: push.after, delivery }, LIMIT_MS, signal);
  return build ? described(build, pageOf(build.id)) : 'its webhook was taken, but no build is to be seen yet';
};

/**
 * Shows that everything works: on the first run makes a repository and builds it by a signed webhook; later tells how it
 * went, or waits for a build that was interrupted. Answers one line for people; what goes wrong is told there too.
 */
export const showSample = async (options: SampleOptions): Promise<string> => {
  const { api, pageOf, signal } = options;
  try {
    const [latest, ...earlier] = await api.builds(SAMPLE_REPO, signal);
    const limitMs = options.place ? LIMIT_MS : 0;
    const open = latest && !hasEnded(latest) ? await awaitBuild(api, latest, limitMs, signal) : undefined;
    if (open) return `sample: ${described(open, pageOf(open.id))}`;
    const passed = [latest, ...earlier].find((build) => build?.status === 'passed');
    if (passed) return `sample: ${described(passed, pageOf(passed.id))} (again: npx cairn build run ${SAMPLE_REPO})`;
    return `sample: ${await buildAnew(options)}`;
  } catch (error) {
    signal.throwIfAborted();
    return `sample: could not be built: ${messageOf(error)}`;
  }
};
