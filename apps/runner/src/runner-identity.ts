import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunnerId } from '#events';

/** `runner` stays the same over restarts, `epoch` is this process alone. */
export type RunnerIdentity = Readonly<{ runner: string; epoch: string }>;

/** The runner's id stands in its directory, so that whoever starts there is the one who was there before. */
export const runnerIdentity = async (directory: string): Promise<RunnerIdentity> => {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, 'id');
  const known = (await readFile(file, 'utf8').catch(() => '')).trim();
  const runner = isRunnerId(known) ? known : randomUUID().replaceAll('-', '').slice(0, 16);
  if (runner !== known) await writeFile(file, `${runner}\n`, { mode: 0o600 });
  return { runner, epoch: randomUUID() };
};
