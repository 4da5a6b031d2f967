import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './start-nats.js';

export type TestS3 = Readonly<{ endpoint: string; accessKey: string; secretKey: string; stop(): Promise<void> }>;

/**
 * A server that speaks S3 over HTTP and keeps files, on a free port with a directory of its own; a process of its own,
 * so that what it has in memory is not counted with a test's. It knows no conditional writes, and lets everybody read.
 */
export const startS3 = async (): Promise<TestS3> => {
  const directory = await mkdtemp(join(tmpdir(), 'cairn-s3-'));
  const port = await freePort();
  const program = join(dirname(createRequire(import.meta.url).resolve('s3rver/package.json')), ...['bin', 's3rver.js']);
  const args = ['--directory', directory, '--address', '127.0.0.1', '--port', String(port), '--silent'];
  const server = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: server.stdout }).on('line', (line) => /listening/.test(line) && resolve());
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`s3rver ended with ${code}`)));
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    accessKey: 'S3RVER',
    secretKey: 'S3RVER',
    stop: async () => {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
};
