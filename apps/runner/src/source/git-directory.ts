import { mkdirSync, writeFileSync } from 'node:fs';

const config = (settings: Readonly<Record<string, string>>): string =>
  ['[core]', ...Object.entries(settings).map(([name, value]) => `\t${name} = ${value}`), ''].join('\n');

/**
 * Lays out an empty repository by hand: `git init` would cost a process (3 ms) and bring a template with hooks.
 * The format is version 0, which every git reads. Directly: six turns in the thread pool take longer than the writing.
 */
const layOut = (path: string, files: Readonly<Record<string, string>>): void => {
  for (const directory of ['objects/pack', 'refs']) mkdirSync(`${path}/${directory}`, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(`${path}/${name}`, text);
};

export const layBareRepository = (path: string): void =>
  layOut(path, { HEAD: 'ref: refs/heads/main\n', config: config({ repositoryformatversion: '0', bare: 'true' }) });

/**
 * A job's own `.git`: detached at the commit. `shallow`: history ends there.
 * Files are compared by size and whole seconds only: inode, ctime and nanoseconds do not survive a tar archive, and
 * without this every `git diff-index` in a container would call every file changed.
 */
export const layJobRepository = (path: string, sha: string, shallow: boolean): void =>
  layOut(path, {
    HEAD: `${sha}\n`,
    ...(shallow ? { shallow: `${sha}\n` } : {}),
    config: config({ repositoryformatversion: '0', bare: 'false', trustctime: 'false', checkStat: 'minimal' }),
  });
