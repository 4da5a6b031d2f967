/** `npm start`: whatever is missing is installed and built, then Cairn runs in this very process. */
import { fileURLToPath } from 'node:url';
import { buildStandalone } from './setup/build.mjs';
import { endCommands } from './setup/command.mjs';
import { help } from './setup/help.mjs';
import { installModules } from './setup/modules.mjs';
import { nodeProblem } from './setup/node-version.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const say = (line) => process.stdout.write(`cairn: ${line}\n`);
const fail = (problem) => {
  process.stderr.write(`cairn: ${problem}\n`);
  process.exit(1);
};
const interrupted = () => {
  endCommands();
  process.exit(130);
};

const [argument] = process.argv.slice(2);
if (argument === '--help' || argument === '-h') {
  process.stdout.write(help(root));
  process.exit(0);
}
const wrongNode = nodeProblem();
if (wrongNode) fail(wrongNode);

process.once('SIGINT', interrupted);
process.once('SIGTERM', interrupted);
const problem = (await installModules(root, say)) ?? (await buildStandalone(root, say));
if (problem) fail(problem);
process.off('SIGINT', interrupted);
process.off('SIGTERM', interrupted);

await import(new URL('../dist/apps/standalone/src/main.js', import.meta.url));
