import 'reflect-metadata';
import { readEnvironment } from '#config';
import { CairnError, messageOf } from '#errors';
import { unknownSettings } from './service-settings.js';
import { startStandalone, type Output } from './standalone.js';

const WRONG_USE = 2;
const FORCED = 130;
/** npm passes on a Ctrl-C that the terminal has sent to us already: what comes this soon is the same one. */
const SAME_SIGNAL_MS = 500;

const output: Output = {
  say: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`cairn: ${line}\n`),
};

/** Settles at the first Ctrl-C (or SIGTERM); the second ends this process at once. */
const stopSignal = (): AbortSignal => {
  const stop = new AbortController();
  let first = 0;
  const onSignal = (): void => {
    if (!stop.signal.aborted) {
      first = Date.now();
      output.say('stopping … (again: at once)');
      stop.abort();
    } else if (Date.now() - first > SAME_SIGNAL_MS) process.exit(FORCED);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return stop.signal;
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const run = async (signal: AbortSignal): Promise<number> => {
  try {
    const { environment, namesInFile } = readEnvironment('.env');
    for (const warning of unknownSettings(namesInFile)) output.complain(warning);
    const standalone = await startStandalone(environment, output, signal);
    const keepAlive = setInterval(() => undefined, 2 ** 30); // whatever the services hold, only the signal ends us
    await aborted(signal);
    clearInterval(keepAlive);
    await standalone.stop();
    return 0;
  } catch (error) {
    if (signal.aborted) return 0;
    output.complain(messageOf(error));
    return error instanceof CairnError && error.code === 'CAIRN_INVALID_SETTINGS' ? WRONG_USE : 1;
  }
};

const [unknown] = process.argv.slice(2);
if (unknown !== undefined) {
  output.complain(`unknown argument ${JSON.stringify(unknown)}; npm start -- --help says what there is`);
  process.exitCode = WRONG_USE;
} else process.exit(await run(stopSignal()));
