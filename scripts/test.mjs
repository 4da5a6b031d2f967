/** `npm test`: installs what is missing, then runs everything. `npm test -- <path> …` runs just these test files. */
import { fileURLToPath } from 'node:url';
import { buildStandalone } from './setup/build.mjs';
import { endCommands, run, withoutHosts } from './setup/command.mjs';
import { dockerEngine } from './setup/docker-engine.mjs';
import { runJest } from './setup/jest-run.mjs';
import { installModules } from './setup/modules.mjs';
import { nodeProblem } from './setup/node-version.mjs';
import { installTestTools, searchPath } from './setup/test-tools.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const paths = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };
let stopEngine = async () => {};

const say = (line) => process.stdout.write(`${line}\n`);

const end = async (code) => {
  endCommands('SIGKILL');
  await stopEngine();
  process.exit(code);
};
const cannotRun = async (problem) => {
  process.stderr.write(`npm test: ${problem}\n`);
  await end(1);
};

/** One check, named; what it says is shown when it fails. */
const check = async (name, script) => {
  const started = Date.now();
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const [command, ...first] = npm;
  const { code, output } = await run(command, [...first, 'run', '--silent', script], { cwd: root });
  say(`${code === 0 ? 'passed' : 'FAILED'}  ${name} (${((Date.now() - started) / 1000).toFixed(0)} s)`);
  if (code !== 0) say(withoutHosts(output).trim());
  total[code === 0 ? 'passed' : 'failed'] += 1;
};

const NEEDS_SERVERS = '\\.(int|e2e)\\.spec\\.ts$';

/** What needs no server may use every core; services and browsers, one file at a time, as they would hide each other's faults. */
const STAGES = [
  ['pure tests', ['--testPathIgnorePatterns', NEEDS_SERVERS, '--maxWorkers=100%']],
  ['tests with servers', ['--testPathIgnorePatterns', '(?<!\\.int)\\.spec\\.ts$', '--maxWorkers=2']],
  ['end-to-end tests', ['--testPathIgnorePatterns', '(?<!\\.e2e)\\.spec\\.ts$', '--runInBand']],
];

const jestStage = async ([name, args]) => {
  say(`— ${name}`);
  const result = await runJest(root, [...args, '--passWithNoTests', ...paths], { PATH: searchPath, FORCE_COLOR: '0' });
  if (result.remark) say(`${name}: ${result.remark}`);
  for (const key of Object.keys(total)) total[key] += result[key];
};

process.once('SIGINT', () => void end(130));
process.once('SIGTERM', () => void end(143));

const wrongNode = nodeProblem();
if (wrongNode) await cannotRun(wrongNode);
const missing = (await installModules(root, say)) ?? (await installTestTools(say));
if (missing) await cannotRun(missing);
const engine = await dockerEngine(say, searchPath);
if (engine.problem) await cannotRun(engine.problem);
stopEngine = engine.stop;

if (paths.length === 0) {
  await check('build', 'build');
  await check('lint', 'lint');
  await check('types', 'typecheck');
}
const notBuilt = await buildStandalone(root, say); // the end-to-end tests start what is built
if (notBuilt) say(notBuilt);
for (const stage of STAGES) await jestStage(stage);

if (paths.length > 0 && total.passed + total.failed === 0) {
  say(`no test in ${paths.join(', ')}`);
  total.failed += 1;
}
if (total.skipped > 0) say(`${total.skipped} skipped`);
await stopEngine();
say(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
