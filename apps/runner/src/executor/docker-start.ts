import type Docker from 'dockerode';
import { ImageUnavailable, messageOf, SandboxLost } from '#errors';
import { statusOf, wordsOf } from './docker-engine.js';
import { ownerIn } from './docker-image.js';
import { DockerSandbox, type SandboxParts } from './docker-sandbox.js';
import { ROOT, type Owner } from './image-owner.js';
import { CONTAINER_TREE, CONTAINER_HOME, CONTAINER_WORKSPACE } from './waiting-shell.js';

/** Starts the waiting shell of a container that was made. @throws ImageUnavailable it cannot run a shell */
export const startSandbox = async (parts: SandboxParts, image: string): Promise<DockerSandbox> => {
  const sandbox = await DockerSandbox.attach(parts);
  await sandbox.start().catch((error: unknown) => {
    if (statusOf(error) === 400) throw new ImageUnavailable(image, wordsOf(error), { cause: error });
    if (!(error instanceof SandboxLost)) throw error;
    throw new ImageUnavailable(image, `it cannot run a job, /bin/sh is needed: ${messageOf(error)}`, { cause: error });
  });
  return sandbox;
};

/** Makes workspace and HOME belong to the image's user, and lets it write the step's file beside them. Answers who it is. */
export const handOver = async (container: Docker.Container, image: string, user: string): Promise<Owner> => {
  const owner = await ownerIn(container, image, user);
  if (owner === ROOT) return owner;
  const directories = [CONTAINER_TREE, CONTAINER_HOME, CONTAINER_WORKSPACE].map((path) => `${path.slice(1)}/`);
  const { directoriesTar } = await import('./owned-tar.js');
  const tar = directoriesTar(directories, owner) as unknown as NodeJS.ReadableStream;
  await container.putArchive(tar, { path: '/' });
  return owner;
};
