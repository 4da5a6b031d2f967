#!/usr/bin/env node
/** `cairn` from a clone: whatever is missing is installed and built on the first use, then the command line runs. */
import { fileURLToPath } from 'node:url';
import { buildStandalone } from './setup/build.mjs';
import { endCommands } from './setup/command.mjs';
import { installModules } from './setup/modules.mjs';
import { nodeProblem } from './setup/node-version.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Not on standard output: that is for what the command answers. */
const say = (line) => process.stderr.write(`cairn: ${line}\n`);
const interrupted = () => {
  endCommands();
  process.exit(130);
};

process.once('SIGINT', interrupted);
process.once('SIGTERM', interrupted);
const problem = nodeProblem() ?? (await installModules(root, say)) ?? (await buildStandalone(root, say));
process.off('SIGINT', interrupted);
process.off('SIGTERM', interrupted);
if (problem) {
  say(problem);
  process.exit(1);
}
await import(new URL('../dist/apps/cli/src/main.js', import.meta.url));
