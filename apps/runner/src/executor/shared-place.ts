// To be loaded when the first such job comes: the library takes 5 MB.
import { pack } from 'tar-stream';
import { CONTAINER_EXCHANGE, CONTAINER_HOME, CONTAINER_WORKSPACE } from './waiting-shell.js';

/** What has to be in the volume of a job of several users before its first step; any of them may hand something on. */
export const sharedPlaceTar = (): NodeJS.ReadableStream => {
  const tar = pack();
  for (const path of [CONTAINER_HOME, CONTAINER_WORKSPACE])
    tar.entry({ name: `${path.slice(1)}/`, type: 'directory', mode: 0o755 });
  for (const path of Object.values(CONTAINER_EXCHANGE)) tar.entry({ name: path.slice(1), mode: 0o666 }, '');
  tar.finalize();
  return tar as unknown as NodeJS.ReadableStream;
};
