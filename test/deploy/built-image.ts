import { fileURLToPath } from 'node:url';
import { localBaseImage } from './local-base.js';
import { run } from '../harness/run.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CACHE = 'cairn-test-cache';
const LABEL = 'org.opencontainers.image.title=cairn';

export type BuiltImage = Readonly<{ image: string; base: string; remove: () => Promise<void> }>;

/**
 * Builds `deploy/Dockerfile` on the local base image. What stands before the code (packages, installed dependencies) is
 * kept under a tag for the next time; the rest is removed by `remove`.
 */
export const buildImage = async (image: string): Promise<BuiltImage> => {
  const base = await localBaseImage();
  // The classic builder: it is there in every engine, and does without a plugin.
  const environment = { DOCKER_BUILDKIT: '0' };
  const build = (...args: readonly string[]) =>
    run('docker', ['build', '-f', 'deploy/Dockerfile', '--build-arg', `BASE=${base}`, ...args, '.'], {
      cwd: ROOT,
      environment,
    });
  for (const stage of ['system', 'dependencies', 'tools']) await build('--target', stage, '-t', `${CACHE}:${stage}`);
  await build('-t', image);
  return {
    image,
    base,
    remove: async () => {
      await run('docker', ['rmi', image], { failing: true });
      await run('docker', ['image', 'prune', '--force', '--filter', `label=${LABEL}`], { failing: true });
    },
  };
};
