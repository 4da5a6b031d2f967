import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { eventually, freePort } from '#testing';
import { createGitFixture, pushPayload, runGit, signedDelivery } from '../fakes/github/index.js';
import { buildImage, type BuiltImage } from './built-image.js';
import { DEPLOY, compose, makeEnv } from './compose.js';
import { SERVICES } from './nats-users.js';
import { run } from '../harness/run.js';

const MINUTES = 60_000;
/** A connection that is made before the service listens may get no answer at all. */
const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const REPO = { id: 7, name: 'ada/stones', defaultBranch: 'main' };
const OWNER = 10_001; // the image's user: git takes no repository that belongs to somebody else

/**
 * What this machine lacks: the images of NATS and Elasticsearch. NATS is the machine's own nats-server in the base image,
 * without the setting that it is too old for; in the place of Elasticsearch stands nothing, and logs go to files.
 */
const overrides = (base: string, directory: string, natsServer: string): object => {
  const files = { ELASTICSEARCH_URL: '' };
  const git = { environment: { CAIRN_GIT_ROOT: '/git' }, volumes: [`${directory}/git:/git:ro`] };
  return {
    services: {
      nats: {
        image: base,
        command: ['/opt/nats-server', '--config', '/etc/cairn/nats.conf'],
        volumes: [`${directory}/nats:/etc/cairn:ro`, `${natsServer}:/opt/nats-server:ro`],
        healthcheck: {
          test: ['CMD', 'node', '-e', "fetch('http://127.0.0.1:8222/healthz').catch(() => process.exit(1))"],
        },
      },
      elasticsearch: {
        image: base,
        command: ['sleep', 'infinity'],
        init: true,
        healthcheck: { test: ['CMD', 'true'] },
      },
      planner: git,
      runner: git,
      'log-shipper': { environment: files, volumes: ['viewer-data:/var/lib/cairn'] },
      viewer: { environment: files },
    },
  };
};

describe('the image', () => {
  const project = `cairn-test-${randomBytes(4).toString('hex')}`;
  let built: BuiltImage;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-image-'));
    built = await buildImage(`cairn-test-image:${project}`);
  }, 20 * MINUTES);
  afterAll(async () => {
    await built.remove();
    await rm(directory, { recursive: true, force: true });
  }, 2 * MINUTES);

  it('runs as an unprivileged user, and holds neither secrets nor the tools it was built with', async () => {
    const sh = (script: string) => run('docker', ['run', '--rm', '--entrypoint', 'sh', built.image, '-c', script]);
    expect((await sh('id -u')).stdout.trim()).toBe(String(OWNER));
    expect((await sh('git --version')).stdout).toContain('git version');
    const there = await sh('ls -A /app /app/deploy; ls /app/node_modules | grep -cx -e typescript -e jest || true');
    expect(there.stdout.split(/\s+/).filter(Boolean).sort()).toEqual(
      [
        '/app/deploy:',
        '/app:',
        '0',
        'deploy',
        'dist',
        'entrypoint.mjs',
        'healthcheck.mjs',
        'node_modules',
        'package.json',
      ].sort(),
    );
    const { stdout } = await run('docker', ['image', 'inspect', '--format', '{{json .Config.Env}}', built.image]);
    expect(stdout).not.toMatch(/PASSWORD|SECRET|TOKEN/);
  });

  it.each([['no-such-part'], ['../../etc/passwd'], ['constructor'], ['']])(
    'says in one line what it can be, when asked for "%s"',
    async (name) => {
      const { code, stderr } = await run('docker', ['run', '--rm', built.image, name], { failing: true });
      expect(code).toBe(2);
      expect(stderr).toBe(
        'cairn: the command must be one of ingest, planner, runner, log-shipper, notifier, viewer, setup, cli, accounts; ' +
          `it is "${name}"\n`,
      );
    },
  );

  it('prints the accounts of other pools', async () => {
    const { stdout } = await run('docker', ['run', '--rm', '-e', 'CAIRN_POOLS=small,large', built.image, 'accounts']);
    expect(stdout).toContain('"queue.large"');
  });

  it.each([...SERVICES, 'setup'])('says in one line what is wrong with the settings of %s', async (name) => {
    const { code, stderr } = await run('docker', ['run', '--rm', '-e', 'CAIRN_NATS_URL=http://x', built.image, name], {
      failing: true,
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`^${name}: .*CAIRN_NATS_URL`, 's'));
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  describe('started by docker-compose.yml', () => {
    let settings: ReadonlyMap<string, string>;
    let options: Parameters<typeof compose>[1];
    let sha: string;
    const url = (name: string): string => `http://127.0.0.1:${settings.get(name)}`;
    const ask = (path: string): Promise<Response> => {
      const headers = { authorization: `Bearer ${settings.get('CAIRN_ADMIN_TOKEN')}` };
      return fetch(`${url('CAIRN_HTTP_PORT')}${path}`, { headers, signal: soon() });
    };

    /** A failure is told with the last words of every container. */
    const withLogs = async (work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (cause) {
        const { stdout } = await compose(['logs', '--no-color', '--tail', '15'], options);
        throw new Error(`${cause instanceof Error ? cause.message : String(cause)}\n${stdout}`, { cause });
      }
    };

    beforeAll(async () => {
      const source = await createGitFixture(join(directory, 'source'));
      const step = 'echo "hello from $CAIRN_REPO"';
      sha = await source.commit({ '.cairn.yml': stringify({ image: built.base, jobs: { hello: { steps: [step] } } }) });
      await mkdir(join(directory, 'git/ada'), { recursive: true });
      await runGit(directory, ['clone', '--quiet', '--bare', source.dir, 'git/ada/stones.git']);
      await run('chown', ['-R', `${OWNER}:${OWNER}`, join(directory, 'git')]);

      await cp(`${DEPLOY}nats`, join(directory, 'nats'), { recursive: true });
      const conf = await readFile(`${DEPLOY}nats/nats.conf`, 'utf8');
      await writeFile(join(directory, 'nats/nats.conf'), conf.replace(/^ {2}sync_interval: always$/m, ''));
      const natsServer = (await run('sh', ['-c', 'command -v nats-server'])).stdout.trim();
      const override = join(directory, 'overrides.yml');
      await writeFile(override, stringify(overrides(built.base, directory, natsServer)));

      const [httpPort, webhookPort] = [await freePort(), await freePort()];
      const envFile = join(directory, 'env');
      settings = await makeEnv(envFile, {
        CAIRN_IMAGE: built.image,
        CAIRN_REPOS: REPO.name,
        CAIRN_HTTP_PORT: String(httpPort),
        CAIRN_WEBHOOK_PORT: String(webhookPort),
        CAIRN_PUBLIC_URL: `http://127.0.0.1:${httpPort}`,
      });
      options = { envFile, project, overrides: [override] };
      await compose(['up', '-d'], options);
    }, 5 * MINUTES);
    afterAll(async () => {
      // The engine may hold a network for a moment after its last container is gone.
      const down = () => compose(['down', '--volumes', '--remove-orphans', '--timeout', '20'], options);
      await eventually(down, ({ code }) => code === 0, MINUTES);
    }, 2 * MINUTES);

    it(
      'a signed webhook through the published port becomes a build in a container',
      () =>
        withLogs(async () => {
          const healthy = (name: string) => async () =>
            (await fetch(`${url(name)}/healthz`, { signal: soon() })).status;
          for (const name of ['CAIRN_WEBHOOK_PORT', 'CAIRN_HTTP_PORT'])
            await eventually(healthy(name), (status) => status === 200);

          const payload = pushPayload({ repo: REPO, ref: 'refs/heads/main', after: sha });
          const send = async (secret: string): Promise<number> => {
            const { headers, body } = signedDelivery({ event: 'push', payload, secret });
            const sent = { method: 'POST', headers, body: new Uint8Array(body), signal: soon() };
            return (await fetch(`${url('CAIRN_WEBHOOK_PORT')}/webhooks/github`, sent)).status;
          };
          expect(await send('another secret, long enough')).toBe(401);
          expect(await send(settings.get('CAIRN_WEBHOOK_SECRET') ?? '')).toBe(202);

          const { items } = await eventually(
            () => ask('/api/builds').then((answer) => answer.json() as Promise<{ items: Record<string, string>[] }>),
            (list) => list.items[0]?.['status'] === 'passed',
            MINUTES,
          );
          await eventually(
            () => ask(`/api/builds/${items[0]?.['id']}/jobs/hello/log.txt`).then((answer) => answer.text()),
            (text) => text.includes('hello from ada/stones'),
          );
        }),
      5 * MINUTES,
    );

    it('every service runs, set-up has ended well, and nothing was refused by NATS', async () => {
      const { stdout } = await run('docker', [
        ...['ps', '--all', '--filter', `label=com.docker.compose.project=${project}`],
        ...['--format', '{{.Label "com.docker.compose.service"}} {{.Status}}'],
      ]);
      const states = new Map(
        stdout
          .trim()
          .split('\n')
          .map((line) => [line.split(' ')[0], line] as const),
      );
      for (const name of SERVICES) expect(states.get(name)).toMatch(/^\S+ Up /);
      expect(states.get('setup')).toMatch(/^setup Exited \(0\)/);
      const logs = await compose(['logs', '--no-color', 'nats'], options);
      expect(logs.stdout).toContain('Server is ready');
      expect(logs.stdout).not.toMatch(/violation|authentication error/i);
    });
  });
});
