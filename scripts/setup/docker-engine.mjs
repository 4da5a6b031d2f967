import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const READY_MS = 60_000;
const STOP_MS = 20_000;

const target = () => {
  const host = process.env.DOCKER_HOST || 'unix:///var/run/docker.sock';
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  const { hostname, port } = new URL(host.replace(/^tcp:/, 'http:'));
  return { host: hostname, port: port || 2375 };
};

export const engineAnswers = () =>
  new Promise((resolve) => {
    const ping = request({ ...target(), path: '/_ping', timeout: 3000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
    ping.end();
  });

const lastLines = (file) =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .slice(-5)
    .map((line) => `  ${line}`)
    .join('\n');

/**
 * Makes sure that a Docker Engine answers: one that runs, or one of our own, when we are root.
 * Answers `{ problem }` or `{ stop() }`; `stop` ends only what was started here.
 */
export const dockerEngine = async (say, searchPath) => {
  if (await engineAnswers()) return { stop: async () => {} };
  if (process.env.DOCKER_HOST) return { problem: 'no Docker Engine answers at DOCKER_HOST' };
  if (process.getuid?.() !== 0)
    return { problem: 'no Docker Engine answers: start it, and be a member of its group (usermod -aG docker <you>)' };
  say('starting dockerd …');
  const directory = mkdtempSync(join(tmpdir(), 'cairn-dockerd-'));
  const log = join(directory, 'log');
  const output = openSync(log, 'a');
  // A pid file of our own: the usual one may be left from an engine that was killed, and its number be another's by now.
  const engine = spawn('dockerd', ['--pidfile', join(directory, 'pid')], {
    env: { ...process.env, PATH: searchPath },
    stdio: ['ignore', output, output],
    detached: true, // a Ctrl-C is for us first: we end it after the tests
  });
  let ended = false;
  engine.on('exit', () => (ended = true)).on('error', () => (ended = true));
  const stop = async () => {
    const limit = Date.now() + STOP_MS;
    if (!ended) engine.kill('SIGTERM');
    while (!ended && Date.now() < limit) await pause(100);
    if (!ended) engine.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  const limit = Date.now() + READY_MS;
  while (!(await engineAnswers())) {
    if (ended || Date.now() > limit) {
      const problem = `dockerd ${ended ? 'ended' : 'does not answer'}; its last words:\n${lastLines(log)}`;
      await stop();
      return { problem };
    }
    await pause(200);
  }
  return { stop };
};
