import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isBuildId, isJobId, type LogAddress } from '#events';

const INDEX = /^(\d{1,9})\.index$/;

const listed = async (folder: string): Promise<string[]> => (await readdir(folder).catch(() => [])).sort();

/** A job's id by the name of its folder. */
const jobIdOf = (name: string): string => name.replace(/\+([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The steps that the embedded store has logs of, oldest build first. What is not its own, or goes away meanwhile, is left out. */
export async function* stepsIn(directory: string): AsyncGenerator<LogAddress> {
  for (const buildId of (await listed(directory)).filter(isBuildId))
    for (const folder of (await listed(join(directory, buildId))).filter((name) => isJobId(jobIdOf(name))))
      for (const attempt of (await listed(join(directory, buildId, folder))).filter((name) => /^\d{1,9}$/.test(name)))
        for (const file of await listed(join(directory, buildId, folder, attempt))) {
          const step = INDEX.exec(file)?.[1];
          if (step === undefined) continue;
          yield { buildId, jobId: jobIdOf(folder), attempt: Number(attempt), step: Number(step) };
        }
}
