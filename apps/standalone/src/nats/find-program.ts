import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Debian keeps servers in `sbin`, which is not on the PATH of its users. */
const SERVER_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

export const withServerFolders = (searchPath: string): string =>
  [...searchPath.split(delimiter).filter((folder) => folder !== ''), ...SERVER_FOLDERS].join(delimiter);

export const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

/** The first program of that name on a path such as `PATH`, or undefined. */
export const findProgram = async (name: string, searchPath: string): Promise<string | undefined> => {
  for (const folder of searchPath.split(delimiter)) {
    const file = join(folder, name);
    if (folder !== '' && (await isExecutable(file))) return file;
  }
  return undefined;
};
