import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '#events';

/** Sources and their compiled form lie in the same places below their roots. */
const MADE_BY = ['../../../../libs/domain/src/projections/', '../../../../libs/events/src/', './'];

const isCode = (name: string): boolean => /\.(ts|js)$/.test(name) && !/\.(spec|d)\.(ts|js)$/.test(name);

const contentsOf = async (folder: string): Promise<string[]> => {
  const directory = fileURLToPath(new URL(folder, import.meta.url));
  const names = (await readdir(directory)).filter((name) => isCode(name)).sort();
  return Promise.all(
    names.map(async (name) => `${name.slice(0, -extname(name).length)}\n${await readFile(directory + name, 'utf8')}`),
  );
};

/**
 * A hash of the code that makes the read model: events and their upcasters, projections, tables. A read model of other
 * code is not used but made anew.
 */
export const modelVersion = async (): Promise<string> =>
  sha256((await Promise.all(MADE_BY.map(contentsOf))).flat().join('\n')).slice(0, 16);
