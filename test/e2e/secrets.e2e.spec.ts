import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '#testing';
import { patternsOf } from '../../apps/runner/src/secrets/encodings.js';
import { pullRequestPayload, pushPayload, type GitFixture } from '../fakes/github/index.js';
import { EventLog } from '../harness/event-log.js';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../harness/images.js';
import { jobPlace } from '../harness/job-place.js';
import { startSystem, type System } from '../harness/system.js';

const run = promisify(execFile);

const TOKEN = `Zq7-hunter2/"+é'x &y`;
const KEY = '-----BEGIN TEST KEY-----\nYWJjZGVm/GhpamtsbW5vcA==\n"third" line: 3\n-----END TEST KEY-----\n';
/** What must be nowhere: every form of both, and the half that a step has printed when its runner dies. */
const NEEDLES = [...patternsOf(TOKEN), ...patternsOf(KEY), 'Zq7-hunt'].map((text) => Buffer.from(text));
/** Printed beside them, so that it is known where to look. */
const MARKER = 'nothing-secret-4711';

const PRINTS = [
  `echo ${MARKER} "$TOKEN"`,
  'i=0; while [ $i -lt ${#TOKEN} ]; do printf %s "${TOKEN:$i:1}"; i=$((i + 1)); [ $i = 7 ] && sleep 0.2; done; echo',
  'printf %s "$TOKEN" | base64; echo "$TOKEN" | base64; printf "u:%s" "$TOKEN" | base64; printf "me:%s" "$TOKEN" | base64',
  'printf %s "$TOKEN" | od -An -v -tx1 | tr -d " \\n"; echo',
  `printf '%s\\n' "$TOKEN" | sed 's/"/\\\\"/g'`,
  `printf '%s\\n' "$TOKEN" | sed "s/'/'\\\\\\\\''/g"`,
  `printf '%s\\n' "$TOKEN" | sed 's/&/\\&amp;/g; s/"/\\&quot;/g'`,
  'echo "$KEY"; echo $KEY; echo "$KEY" | sed "s/^/> /"; echo "$KEY" | base64',
  '(set -x; : "$TOKEN") 2>&1',
  'echo "LEAK=$TOKEN" >>$CAIRN_OUTPUT; echo "FINE=1" >>$CAIRN_OUTPUT',
  'printf %s "$TOKEN" >kept',
];
const HALVES = [
  'echo half; printf %s "${TOKEN:0:8}"',
  'while ! [ -e go ]; do sleep 0.05; done',
  'printf %s "${TOKEN:8}"; echo; echo "$TOKEN" | base64',
];
const SPEC = JSON.stringify({
  image: BUSYBOX_IMAGE,
  jobs: {
    leaky: {
      steps: [
        { run: PRINTS, secrets: ['TOKEN', 'KEY'] },
        'cat kept; echo; echo "${TOKEN-unset} ${KEY-unset}"',
        { run: HALVES, secrets: 'TOKEN' },
      ],
    },
  },
});

/** Every file below, but those. */
const filesBelow = async (directory: string, but: readonly string[] = []): Promise<Map<string, Buffer>> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => !but.includes(file));
  return new Map(
    await Promise.all(files.map(async (file) => [file, await readFile(file).catch(() => Buffer.alloc(0))] as const)),
  );
};
const found = (texts: ReadonlyMap<string, Buffer>): string[] =>
  [...texts].flatMap(([where, text]) =>
    NEEDLES.filter((needle) => text.includes(needle)).map((needle) => `${where}: ${needle.toString()}`),
  );
const marked = (texts: ReadonlyMap<string, Buffer>): number =>
  [...texts.values()].filter((text) => text.includes(MARKER)).length;

describe('secrets', () => {
  let system: System;
  let repo: GitFixture;
  const identity = { id: 4711, name: 'octo/app' };

  beforeAll(async () => {
    await ensureBusyboxImage();
    system = await startSystem({ executor: 'docker' });
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
  });
  afterAll(() => system.stop());

  const store = async (name: string, value: string, ...options: readonly string[]): Promise<void> => {
    const env = { PATH: process.env['PATH'], CAIRN_DATA_DIR: system.environment.CAIRN_DATA_DIR };
    const cairn = run(process.execPath, ['dist/apps/cli/src/main.js', 'secret', 'set', 'octo/app', name, ...options], {
      env,
    });
    cairn.child.stdin?.end(value);
    await cairn;
  };

  it('leave the runner in no form, whatever a step does with them, and when the runner dies amid one', async () => {
    await store('TOKEN', TOKEN);
    await store('KEY', KEY);
    const sha = await repo.commit({ '.cairn.yml': SPEC });
    const { guid } = await system.deliver('push', pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha }));
    const id = (await system.delivery(guid)).buildId ?? '';
    const log = async (step: number): Promise<string> =>
      (await system.raw(id, 'leaky', `step=${step}`).catch(() => '')).toString();

    await eventually(
      () => log(3),
      (text) => text.startsWith('half\n'),
    );
    const [started] = await new EventLog(system.nc).ofType('JobStarted', id);
    const place = jobPlace('docker', started?.event.data.slot ?? '', system.environment.CAIRN_DATA_DIR);
    const { stdout: inspected } = await run('docker', ['inspect', ...(await system.containers())]);
    const processes = await readdir('/proc').then((names) => names.filter((name) => /^\d+$/.test(name)));
    const argv = await Promise.all(
      processes.map((pid) => readFile(`/proc/${pid}/cmdline`).catch(() => Buffer.alloc(0))),
    );
    expect(
      found(
        new Map([
          ['inspect', Buffer.from(inspected)],
          ['argv', Buffer.concat(argv)],
        ]),
      ),
    ).toEqual([]);

    await system.services.runner.kill('SIGKILL');
    await store('TOKEN', 'another value, of which the job knows nothing');
    await system.services.runner.start();
    await place.write('go', '');
    const build = await system.finished(id);
    expect(build).toMatchObject({ status: 'passed', jobs: [{ attempt: 1 }] });
    expect(await log(3)).toBe('half\n***\n***\n');
    expect(await log(2)).toBe('***\nunset unset\n');
    const first = await log(1);
    expect(first).toContain(`${MARKER} ***\n***\n`);
    expect(first).toContain('cairn: the output LEAK is not handed on: it holds a secret\n');

    // What the runner keeps for whoever takes the job over goes with the job.
    await eventually(
      () => readdir(join(system.environment.CAIRN_DATA_DIR, 'runner/slots')),
      (left) => left.length === 0,
    );
    const kept = await eventually(
      async () => ({
        nats: await filesBelow(system.nats.directory),
        services: await filesBelow(system.directory, [join(system.environment.CAIRN_DATA_DIR, 'secrets.json')]),
      }),
      ({ nats, services }) => marked(nats) > 0 && marked(services) > 0,
    );
    expect(found(kept.nats)).toEqual([]);
    expect(found(kept.services)).toEqual([]);
    const paths = ['builds', `builds/${id}`, 'deliveries', 'queue', 'repos', `builds/${id}/jobs/leaky/log.txt`];
    const answers = await Promise.all(
      paths.map(
        async (path) => [path, Buffer.from(await (await fetch(`${system.api}/api/${path}`)).arrayBuffer())] as const,
      ),
    );
    expect(marked(new Map(answers))).toBeGreaterThan(0);
    expect(found(new Map(answers))).toEqual([]);
    await eventually(system.containers, (names) => names.length === 0);
  });

  it('are given to no pull request from a fork, also when they are for pull requests and a person has said yes', async () => {
    await store('TOKEN', TOKEN, '--events', 'push,pull_request', '--branches', '**');
    const sha = await repo.commit({ 'a.txt': 'from a fork' });
    await repo.git('update-ref', 'refs/pull/7/head', sha);
    const payload = pullRequestPayload({
      repo: identity,
      action: 'opened',
      number: 7,
      head: { ref: 'feature', sha, repo: { id: 99, name: 'stranger/app' } },
      base: { ref: 'main', sha },
    });
    const id = (await system.delivery((await system.deliver('pull_request', payload)).guid)).buildId ?? '';
    await eventually(
      () => system.build(id),
      ({ status }) => status === 'awaiting_approval',
    );
    await system.request(`/api/builds/${id}/approve`, { sha });
    const { status, jobs } = await system.finished(id);
    expect(status).toBe('failed');
    const words = 'a pull request from a fork gets no secrets, and the job asks for TOKEN, KEY';
    expect(jobs[0]).toMatchObject({ failure: { kind: 'setup', message: expect.stringContaining(words) } });
    expect(jobs[0]?.steps.filter(({ startedAt }) => startedAt !== null).map(({ index }) => index)).toEqual([0]);
  });
});
