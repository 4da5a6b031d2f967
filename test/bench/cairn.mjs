import { execFileSync, spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const SECRET = 'a-webhook-secret-for-the-bench';
const TOKEN = 'an-admin-token-for-the-bench';
const REPO = { id: 77, name: 'bench/app' };

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
};

const git = (directory, ...args) =>
  execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.org', ...args], {
    cwd: directory,
    encoding: 'utf8',
  }).trim();

/** A spec of one job, `build`, or of so many cells of it, or of the jobs given. */
const specOf = (image, { cells, jobs }) => {
  const head = image ? `image: ${image}\n` : '';
  if (jobs) return `${head}jobs: ${JSON.stringify(jobs)}\n`;
  if (!cells) return `${head}steps:\n  - echo hello\n`;
  const numbers = Array.from({ length: cells }, (_, n) => n).join(', ');
  return `${head}jobs:\n  build:\n    matrix: {n: [${numbers}]}\n    steps: [echo hello]\n`;
};

/** Makes a repository with this spec; gives its commit. */
const makeRepo = (root, spec) => {
  const directory = join(root, REPO.name);
  mkdirSync(directory, { recursive: true });
  git(directory, 'init', '--quiet', '--initial-branch=main');
  writeFileSync(join(directory, '.cairn.yml'), spec);
  git(directory, 'add', '.');
  git(directory, 'commit', '--quiet', '-m', 'bench');
  git(directory, 'config', 'cairn.repoId', String(REPO.id));
  return git(directory, 'rev-parse', 'HEAD');
};

const pushOf = (sha, repo = REPO) => ({
  ref: 'refs/heads/main',
  before: '0'.repeat(40),
  after: sha,
  deleted: false,
  repository: { id: repo.id, full_name: repo.name, default_branch: 'main' },
  head_commit: { id: sha, message: 'bench', author: { name: 'bench' } },
});

export const signed = (payload) => {
  const body = Buffer.from(JSON.stringify(payload));
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
    },
  };
};

const childrenOf = (pid) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) . /, '')
          .startsWith(`${pid} `);
      } catch {
        return false;
      }
    })
    .map(Number);

/**
 * The whole system in one process, as `npm start` runs it, with a repository of its own. `cells`: of its only job, one
 * without it. `jobs`: as in a spec, in place of that one. `environment`: further settings.
 */
export const startCairn = async (executor, image, { cells, jobs, environment = {} } = {}) => {
  const directory = mkdtempSync(join(tmpdir(), 'cairn-bench-'));
  const gitRoot = join(directory, 'git');
  const sha = makeRepo(gitRoot, specOf(image, { cells, jobs }));
  const [http, webhook] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, ['dist/apps/standalone/src/main.js'], {
    env: {
      PATH: process.env.PATH,
      CAIRN_DATA_DIR: join(directory, 'data'),
      CAIRN_GIT_ROOT: gitRoot,
      CAIRN_REPOS: REPO.name,
      CAIRN_EXECUTOR: executor,
      CAIRN_HTTP_PORT: String(http),
      CAIRN_WEBHOOK_PORT: String(webhook),
      CAIRN_WEBHOOK_SECRET: SECRET,
      CAIRN_ADMIN_TOKEN: TOKEN,
      CAIRN_LOG_LEVEL: 'error',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`cairn ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('stop:') && resolve());
  });
  return {
    pid: child.pid,
    processes: () => [child.pid, ...childrenOf(child.pid)],
    api: `http://127.0.0.1:${http}`,
    runner: () => readFileSync(join(directory, 'data/runner/id'), 'utf8').trim(),
    webhookPort: webhook,
    push: async () => {
      const { body, headers } = signed(pushOf(sha));
      const response = await fetch(`http://127.0.0.1:${webhook}/webhooks/github`, { method: 'POST', headers, body });
      if (response.status !== 202) throw new Error(`webhook answered ${response.status}`);
      await response.arrayBuffer();
    },
    /** A push of a repository that is not enabled, as large as a usual one. */
    foreignPush: () =>
      signed({ ...pushOf('1'.repeat(40), { id: 1, name: 'foreign/app' }), padding: 'x'.repeat(14_300) }),
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

/** Server-sent events of an address, one after another. */
export async function* events(url, signal) {
  const response = await fetch(url, { signal, headers: { accept: 'text/event-stream' } });
  if (!response.ok) {
    await response.arrayBuffer();
    return;
  }
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body) {
    text += decoder.decode(bytes, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const event = fields
        .find((line) => line.startsWith('event:'))
        ?.slice(6)
        .trim();
      const data = fields.find((line) => line.startsWith('data:'))?.slice(5);
      if (event && data) yield { event, data: JSON.parse(data) };
    }
  }
}
