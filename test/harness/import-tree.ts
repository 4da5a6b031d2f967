import { spawn } from 'node:child_process';

/** Makes an image of one layer from a directory. `changes`: instructions of a Dockerfile. */
export const importTree = (root: string, image: string, changes: readonly string[] = []): Promise<void> =>
  new Promise((resolve, reject) => {
    const options = changes.flatMap((text) => ['--change', text]);
    const tar = spawn('tar', ['-C', root, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const load = spawn('docker', ['import', ...options, '-', image], { stdio: [tar.stdout, 'ignore', 'inherit'] });
    for (const child of [tar, load]) child.once('error', reject);
    load.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`docker import ended with ${code}`))));
  });
