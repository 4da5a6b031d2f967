import { appendFile, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { run, type Ran } from '../harness/run.js';

export const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));
export const COMPOSE_FILE = `${DEPLOY}docker-compose.yml`;

let command: Promise<readonly string[]> | undefined;

/** The plugin of Docker's CLI where there is one, else the older program, which Debian has. */
const composeCommand = async (): Promise<readonly string[]> => {
  const candidates = [['docker', 'compose'], ['docker-compose']];
  for (const [program = '', ...args] of candidates) {
    const found = await run(program, [...args, 'version'], { failing: true }).catch(() => undefined);
    if (found?.code === 0) return [program, ...args];
  }
  throw new Error('there is no Docker Compose here: install docker-compose (Debian) or the compose plugin of Docker');
};

/** Runs Docker Compose on `deploy/docker-compose.yml`. @throws like `run` */
export const compose = async (
  args: readonly string[],
  options: Readonly<{ envFile: string; project?: string; overrides?: readonly string[]; failing?: true }>,
): Promise<Ran> => {
  command ??= composeCommand();
  const [program = '', ...before] = await command;
  const files = [COMPOSE_FILE, ...(options.overrides ?? [])].flatMap((file) => ['-f', file]);
  const project = options.project === undefined ? [] : ['-p', options.project];
  return run(program, [...before, '--env-file', options.envFile, ...files, ...project, ...args], {
    cwd: DEPLOY,
    ...(options.failing ? { failing: true } : {}),
  });
};

/** A `.env` as `deploy/make-env.mjs` makes it, with more settings added to its end. Gives what it holds. */
export const makeEnv = async (
  file: string,
  more: Readonly<Record<string, string>> = {},
): Promise<ReadonlyMap<string, string>> => {
  await run('node', [`${DEPLOY}make-env.mjs`, file]);
  await appendFile(
    file,
    Object.entries(more)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const lines = (await readFile(file, 'utf8')).matchAll(/^([A-Z_]+)=(.*)$/gm);
  return new Map([...lines].map(([, name = '', value = '']) => [name, value]));
};
