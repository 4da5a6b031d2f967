import type Docker from 'dockerode';
import { ImageUnavailable } from '#errors';
import { statusOf, wordsOf } from './docker-engine.js';
import { isRoot, ownerOf, ROOT, type Owner } from './image-owner.js';
import type { RegistryLogin } from './registry-auth.js';

type PullReport = Readonly<{ status?: string; id?: string; error?: string; progressDetail?: { current?: number } }>;

/** Of `/etc/passwd`, as far as it is read: the image is not ours. */
const MAX_TABLE_LENGTH = 1024 * 1024;

const MAX_IMAGE_LENGTH = 500;
const PART = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*';
const IMAGE = new RegExp(
  `^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\\d{1,5})?/)?${PART}(?:/${PART})*` +
    '(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$',
);

/**
 * The name becomes part of addresses at the engine, so it is checked here and not there.
 * @throws ImageUnavailable
 */
export const assertImageName = (image: string): void => {
  if (image.length > MAX_IMAGE_LENGTH || !IMAGE.test(image))
    throw new ImageUnavailable(JSON.stringify(image.slice(0, 80)), 'that is not the name of an image');
};

/** Without a tag the engine would fetch every tag there is. */
const withTag = (image: string): string => (image.includes('@') || /:[^/]+$/.test(image) ? image : `${image}:latest`);

/**
 * Fetches an image; `progress` gets the engine's words, without the counting of bytes. When `signal` is aborted the engine
 * is left, and gives the pull up.
 * @throws ImageUnavailable with the engine's words when it cannot be had
 */
export const pullImage = async (
  docker: Docker,
  image: string,
  progress: (line: string) => void,
  signal: AbortSignal,
  login?: RegistryLogin,
): Promise<void> => {
  progress(`pulling image ${image}`);
  try {
    const reports = await docker.pull(withTag(image), {
      abortSignal: signal,
      ...(login ? { authconfig: login } : {}),
    });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(
        reports,
        (error: Error | null) => (error ? reject(error) : resolve()),
        ({ status, id, progressDetail }: PullReport) => {
          if (status && progressDetail?.current === undefined) progress(id ? `${id}: ${status}` : status);
        },
      );
    });
  } catch (error) {
    // Whether the registry, the name or the network is at fault, only the engine's words tell.
    const words = wordsOf(error);
    progress(words);
    throw new ImageUnavailable(image, `the engine cannot get it: ${words}`, { cause: error });
  }
};

const fileOf = async (container: Docker.Container, path: string): Promise<string> => {
  const archive = await container.getArchive({ path }).catch((error: unknown) => {
    if (statusOf(error) === 404) return undefined;
    throw error;
  });
  if (!archive) return '';
  const { extract } = await import('tar-stream');
  const entries = extract();
  archive.on('error', (error) => entries.destroy(error as Error));
  archive.pipe(entries);
  let text = '';
  for await (const entry of entries)
    for await (const part of entry) if (text.length < MAX_TABLE_LENGTH) text += (part as Buffer).toString('latin1');
  return text;
};

/** Who the image's `USER` is. The container need not be running. */
export const ownerIn = async (container: Docker.Container, image: string, user: string): Promise<Owner> => {
  if (isRoot(user)) return ROOT;
  const [passwd, groups] = await Promise.all([fileOf(container, '/etc/passwd'), fileOf(container, '/etc/group')]);
  const owner = ownerOf(user, passwd, groups);
  if (!owner) throw new ImageUnavailable(image, `its user ${JSON.stringify(user)} is not in its /etc/passwd`);
  return owner;
};
