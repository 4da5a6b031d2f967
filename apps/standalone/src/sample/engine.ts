import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import type { DockerAddress } from '../../../runner/src/executor/index.js';

const ANSWER_MS = 5_000;
export const PULL_MS = 20_000;

/** Small images that have a shell, the smallest first. */
const KNOWN = ['busybox', 'alpine', 'bash', 'debian', 'ubuntu', 'node', 'python', 'golang', 'ruby'];
const SMALL_IMAGE = { name: 'busybox', tag: 'stable' };

const call = <T>(address: DockerAddress, method: 'GET' | 'POST', path: string, limitMs: number): Promise<T> =>
  new Promise((resolve, reject) => {
    const target =
      'socketPath' in address ? { socketPath: address.socketPath } : { host: address.host, port: address.port };
    const signal = AbortSignal.timeout(limitMs);
    const sent = request({ ...target, method, path, agent: false, signal }, (response) => {
      if (method === 'GET') json(response).then((answer) => resolve(answer as T), reject);
      // The answer to a pull is its progress, a JSON object a line: it is over when that ends.
      else
        response
          .resume()
          .on('end', () => resolve(undefined as T))
          .on('error', reject);
    });
    sent.on('error', reject).end();
  });

export const engineVersion = async (address: DockerAddress): Promise<string> =>
  (await call<{ Version?: string }>(address, 'GET', '/version', ANSWER_MS)).Version ?? '';

const localImages = async (address: DockerAddress): Promise<string[]> => {
  const images = await call<{ RepoTags?: string[] | null }[]>(address, 'GET', '/images/json', ANSWER_MS);
  return images.flatMap(({ RepoTags }) => RepoTags ?? []);
};

/** The one that is known to have a shell and is likely to be the smallest. `tags` as in `busybox:1.36`. */
export const likelyImage = (tags: readonly string[]): string | undefined => {
  const rank = (tag: string): number => KNOWN.indexOf(tag.split('/').at(-1)?.split(':')[0] ?? '');
  return [...tags].filter((tag) => rank(tag) >= 0).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))[0];
};

/** An image to run the sample in: one that is there, else a small one, if it can be had soon; else undefined. */
export const imageForSample = async (
  address: DockerAddress,
  say: (line: string) => void,
): Promise<string | undefined> => {
  const there = likelyImage(await localImages(address).catch(() => []));
  if (there !== undefined) return there;
  const { name, tag } = SMALL_IMAGE;
  say(`pulling ${name}:${tag} for the sample …`);
  await call(address, 'POST', `/images/create?fromImage=${name}&tag=${tag}`, PULL_MS).catch(() => undefined);
  return likelyImage(await localImages(address).catch(() => []));
};
