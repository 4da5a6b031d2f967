import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig, type Environment } from '#config';
import { messageOf, WrongUse } from '#errors';
import { ApiClient } from './api-client.js';
import { CliConfig } from './cli.config.js';
import { invocationOf } from './commands.js';
import type { LocalCommand, Output, Surroundings } from './local/local-command.js';
import { USAGE } from './usage.js';

/** A token that is kept here is for the server here: it is never sent to another machine. */
const isHere = (url: string): boolean => /^(127(\.\d+){3}|localhost|\[::1\])$/.test(new URL(url).hostname);

const tokenOf = async (config: CliConfig): Promise<string | undefined> => {
  if (config.CAIRN_ADMIN_TOKEN !== undefined || !isHere(config.CAIRN_URL)) return config.CAIRN_ADMIN_TOKEN;
  const kept = await readFile(join(config.CAIRN_DATA_DIR, 'admin-token'), 'utf8').catch(() => '');
  return kept.trim() || undefined;
};

/** Each is loaded when it is asked for. */
const LOCAL: ReadonlyMap<string | undefined, () => Promise<LocalCommand>> = new Map([
  ['lint', async () => (await import('./local/lint.js')).lint],
  ['plan', async () => (await import('./local/plan.js')).plan],
  ['run', async () => (await import('./local/run.js')).run],
  ['secret', async () => (await import('./secrets/secret.js')).secret],
]);

const isHelp = (args: readonly string[]): boolean => args.includes('--help') || args.includes('-h');

/** A command that asks the server. */
const askServer = async (args: readonly string[], environment: Environment, output: Output): Promise<number> => {
  const invocation = invocationOf(args);
  if (invocation.help) {
    output.out(USAGE);
    return 0;
  }
  const config = loadConfig(CliConfig, environment);
  const api = new ApiClient(config.CAIRN_URL.replace(/\/+$/, ''), await tokenOf(config));
  const { json, text } = await invocation.run(api);
  output.out(`${invocation.json ? JSON.stringify(json) : text}\n`);
  return 0;
};

/**
 * Runs one command line. Answers the exit code: 0 done, 1 refused, not reached or with errors, 2 wrong use. Never throws.
 * Of the surroundings the environment may have more than the process's own, from `.env`.
 */
export const runCli = async (args: readonly string[], surroundings: Surroundings): Promise<number> => {
  const { environment, output } = surroundings;
  try {
    const [name, ...rest] = args;
    const local = LOCAL.get(name);
    if (!local || isHelp(rest)) return await askServer(args, environment, output);
    return await (
      await local()
    )(rest, surroundings);
  } catch (error) {
    const isUse = error instanceof WrongUse;
    output.err(`cairn: ${messageOf(error)}${isUse ? '; cairn --help says what there is' : ''}\n`);
    return isUse ? 2 : 1;
  }
};
