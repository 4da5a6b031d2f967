import { spawn } from 'node:child_process';

/** Makes an image of one layer from a directory. `changes`: instructions of a Dockerfile; `at`: options that name the engine. */
export const importTree = (
  root: string,
  image: string,
  changes: readonly string[] = [],
  at: readonly string[] = [],
): Promise<void> =>
  new Promise((resolve, reject) => {
    const options = changes.flatMap((text) => ['--change', text]);
    const tar = spawn('tar', ['-C', root, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const load = spawn('docker', [...at, 'import', ...options, '-', image], {
      stdio: [tar.stdout, 'ignore', 'inherit'],
    });
    for (const child of [tar, load]) child.once('error', reject);
    load.once('exit', (code) => {
      if (code === 0) return resolve();
      tar.kill(); // nobody reads it any more
      reject(new Error(`docker import ended with ${code}`));
    });
  });
