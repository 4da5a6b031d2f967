import 'reflect-metadata';
import { readEnvironment } from '#config';
import { CairnError, messageOf } from '#errors';
import { conclusion } from './conclusion.js';
import { runLocally, type LocalOutput, type LocalRunOptions } from './local-run.js';

const WRONG_USE = 2;
const CANCELLED = 130;

const output: LocalOutput = {
  out: (text) => void process.stdout.write(text),
  say: (line) => void process.stderr.write(`cairn: ${line}\n`),
  complain: (line) => void process.stderr.write(`cairn: ${line}\n`),
};

/**
 * What `cairn run` starts, with the options as JSON in its one argument. It is told by messages to stop: each asks for
 * more haste than the one before, and the end of its parent counts as one. Exit codes: those of `cairn run`.
 */
const [cancel, hurry] = [new AbortController(), new AbortController()];
const hasten = (): void => {
  if (!cancel.signal.aborted) {
    output.say('cancelling … (Ctrl-C again: at once)');
    cancel.abort();
  } else if (!hurry.signal.aborted) hurry.abort();
  else process.exit(CANCELLED);
};
process.on('message', hasten).on('disconnect', hasten);
if (process.connected === false) hasten(); // it had gone before anybody listened
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, hasten);
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined); // nobody reads any more

/** The `.env` of a working tree is the business of what is built there. */
const { environment } = readEnvironment('/dev/null');

const run = async (options: LocalRunOptions): Promise<number> => {
  const begin = Date.now();
  try {
    const signals = { cancel: cancel.signal, hurry: hurry.signal };
    const plan = await runLocally(options, environment, output, signals);
    for (const line of conclusion(plan, (Date.now() - begin) / 1000)) output.say(line);
    if (cancel.signal.aborted) return CANCELLED;
    return plan.finished === 'passed' ? 0 : 1;
  } catch (error) {
    if (cancel.signal.aborted) return CANCELLED;
    output.complain(messageOf(error));
    return error instanceof CairnError && error.code === 'CAIRN_INVALID_SETTINGS' ? WRONG_USE : 1;
  }
};

process.exit(await run(JSON.parse(process.argv[2] ?? '{}') as LocalRunOptions));
