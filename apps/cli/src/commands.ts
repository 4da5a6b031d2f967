import { parseArgs } from 'node:util';
import { messageOf, WrongUse } from '#errors';
import type { ApiClient, RequestAnswer } from './api-client.js';
import { table } from './table.js';

/** What a command answers: for programs, and for people. */
export type Answer = Readonly<{ json: unknown; text: string }>;
export type Invocation = Readonly<{ help: boolean; json: boolean; run(api: ApiClient): Promise<Answer> }>;

const REPO = /^(?!\.{1,2}\/)[A-Za-z0-9_.-]+\/(?!\.{1,2}$)[A-Za-z0-9_.-]+$/;

/** @throws WrongUse */
const repoOf = (name: string | undefined): string => {
  if (name === undefined || !REPO.test(name)) throw new WrongUse('a repository is named owner/name');
  return name;
};

const decided = (answer: RequestAnswer, done: string): Answer => ({
  json: answer,
  text: answer.status === 'pending' ? 'taken, but not decided yet; look again later' : (answer.detail ?? done),
});

type Command = (api: ApiClient, name: string | undefined, ref: string | undefined) => Promise<Answer>;

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['repo add', async (api, name) => decided(await api.addRepo(repoOf(name)), `${name} may build`)],
  ['repo disable', async (api, name) => decided(await api.disableRepo(repoOf(name)), `${name} builds no more`)],
  [
    'repo list',
    async (api) => {
      const repos = await api.repos();
      const rows = repos.map(({ name, id, enabled, builds }) => [name, id, enabled ? 'yes' : 'no', String(builds)]);
      return { json: repos, text: table(['REPOSITORY', 'ID', 'ENABLED', 'BUILDS'], rows) };
    },
  ],
  [
    'build list',
    async (api, name) => {
      const builds = await api.builds(name === undefined ? undefined : repoOf(name));
      const rows = builds.map(({ repo, number, status, branch, sha, createdAt }) => [
        ...[repo, `#${number}`, status, branch ?? '', sha.slice(0, 10), createdAt],
      ]);
      return { json: builds, text: table(['REPOSITORY', 'BUILD', 'STATUS', 'BRANCH', 'COMMIT', 'AT'], rows) };
    },
  ],
  ['build run', async (api, name, ref) => decided(await api.runBuild(repoOf(name), ref), `${name} is built`)],
]);

/** Reads a command line, without doing anything yet. @throws WrongUse */
export const invocationOf = (args: readonly string[]): Invocation => {
  const options = {
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
    ref: { type: 'string' },
  } as const;
  const parse = () => {
    try {
      return parseArgs({ args: [...args], options, allowPositionals: true });
    } catch (cause) {
      throw new WrongUse(messageOf(cause));
    }
  };
  const { values, positionals } = parse();
  const [noun, verb, name, ...rest] = positionals;
  const help = values.help === true || noun === undefined || noun === 'help';
  const command = COMMANDS.get(`${noun} ${verb}`);
  if (!help && !command) throw new WrongUse(`there is no command ${JSON.stringify(`${noun} ${verb ?? ''}`.trim())}`);
  if (!help && rest.length > 0) throw new WrongUse(`too much: ${rest.join(' ')}`);
  return {
    help,
    json: values.json === true,
    run: async (api) => (command ? command(api, name, values.ref) : { json: null, text: '' }),
  };
};
