import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from './command.mjs';

const LIMIT_MS = 45 * 60_000;
/** How long Jest may take to end after it has written its results; then something was left open. */
const LINGER_MS = 120_000;

const resultsIn = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // not there yet, or half written
  }
};

/** Ends Jest when its results are there but it stays: open handles must not keep the tests from coming to an end. */
const watchForLinger = async (file, finished, jest) => {
  while (!finished.aborted && !resultsIn(file)) await pause(1000);
  const end = Date.now() + LINGER_MS;
  while (!finished.aborted && Date.now() < end) await pause(200);
  jest.abort();
};

/** Runs Jest, its output shown. Answers `{ passed, failed, skipped, remark }`, counted by tests. */
export const runJest = async (root, args, env) => {
  const directory = mkdtempSync(join(tmpdir(), 'cairn-jest-'));
  const outputFile = join(directory, 'results.json');
  const finished = new AbortController();
  const jest = new AbortController();
  const flags = ['--experimental-vm-modules', '--no-warnings', join(root, 'node_modules/jest/bin/jest.js')];
  const command = run(process.execPath, [...flags, ...args, '--json', `--outputFile=${outputFile}`], {
    cwd: root,
    env,
    shown: true,
    limitMs: LIMIT_MS,
    signal: jest.signal,
  });
  const watch = watchForLinger(outputFile, finished.signal, jest);
  const { code } = await command;
  finished.abort();
  await watch;
  const results = resultsIn(outputFile);
  rmSync(directory, { recursive: true, force: true });
  if (!results) return { passed: 0, failed: 1, skipped: 0, remark: `Jest ended with ${code} and without results` };
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const lingered = code !== 0 && failed === 0;
  return {
    passed: results.numPassedTests,
    failed: failed + (lingered ? 1 : 0),
    skipped: results.numPendingTests + results.numTodoTests,
    remark: lingered ? 'all tests passed, but Jest did not end by itself: something was left open' : undefined,
  };
};
