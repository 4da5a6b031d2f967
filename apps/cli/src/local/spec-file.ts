import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { SpecUnreadable } from '#errors';
import { rootOf, SPEC } from './working-tree.js';

/** A spec's text, and what to call its file. */
export type SpecFile = Readonly<{ name: string; text: string }>;

const STANDARD_INPUT = '-';

/** The file that is named, `-` for standard input; without a name that of the working tree. @throws SpecUnreadable */
export const readSpec = async (
  name: string | undefined,
  directory: string,
  input: NodeJS.ReadableStream,
): Promise<SpecFile> => {
  if (name === STANDARD_INPUT) return { name: '<stdin>', text: await text(input) };
  const file = name === undefined ? join(rootOf(directory), SPEC) : resolve(directory, name);
  const shown = relative(directory, file) || file;
  try {
    return { name: shown, text: await readFile(file, 'utf8') };
  } catch (cause) {
    throw new SpecUnreadable(shown, { cause });
  }
};
