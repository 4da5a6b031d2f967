import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '#testing';

const run = promisify(execFile);

/** The workspace of a job that runs, to make it wait and go on: seen from outside, without the runner. */
export type JobPlace = Readonly<{
  /** Undefined when there is no such file. */
  read(file: string): Promise<string | undefined>;
  /** Waits for the place to be made. */
  write(file: string, text: string): Promise<void>;
}>;

/** `dataDir`: of the runner that holds the job. */
export const jobPlace = (executor: string, slot: string, dataDir: string): JobPlace =>
  executor === 'docker' ? inContainer(slot) : inDirectory(join(dataDir, 'runner/host/slots', slot, 'workspace'));

const inDirectory = (workspace: string): JobPlace => ({
  read: (file) => readFile(join(workspace, file), 'utf8').catch(() => undefined),
  write: (file, text) =>
    eventually(
      () => writeFile(join(workspace, file), text),
      () => true,
    ),
});

const inContainer = (slot: string): JobPlace => {
  const shell = async (script: string): Promise<string> => {
    // services and steps of other images have further words in their names
    const { stdout: id } = await run('docker', ['ps', '-q', '--filter', `name=-${slot}$`]);
    const { stdout } = await run('docker', ['exec', id.trim(), '/bin/sh', '-c', script]);
    return stdout;
  };
  return {
    read: (file) => shell(`cat /cairn/workspace/${file}`).catch(() => undefined),
    write: async (file, text) => {
      await eventually(
        () => shell(`printf %s '${text}' >/cairn/workspace/${file}`),
        () => true,
      );
    },
  };
};

/** Names of the containers, running or not, of a runner by its id; with a `status`: those alone. */
export const containersOf = async (runner: string, status?: 'running'): Promise<string[]> => {
  const { stdout } = await run('docker', [
    'ps',
    '-a',
    '--filter',
    `label=cairn.runner=${runner}`,
    ...(status ? ['--filter', `status=${status}`] : []),
    '--format',
    '{{.Names}}',
  ]);
  return stdout.split('\n').filter(Boolean);
};
