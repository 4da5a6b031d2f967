import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { COMPOSE_FILE, DEPLOY, compose, makeEnv } from './compose.js';
import { SERVICES } from './nats-users.js';
import { run } from '../harness/run.js';

type Service = Readonly<{
  image: string;
  command?: readonly string[];
  ports?: readonly string[];
  volumes?: readonly string[];
  environment: Readonly<Record<string, unknown>>;
  networks: readonly string[];
  cap_drop?: readonly string[];
  cap_add?: readonly string[];
  privileged?: boolean;
  network_mode?: string;
  security_opt?: readonly string[];
  read_only?: boolean;
  restart: string;
  healthcheck?: object;
  logging: Readonly<{ options: Readonly<Record<string, string>> }>;
}>;

const REFERENCE = /\$\{([A-Z0-9_]+)(:[-?])?([^}]*)\}/g;
const SECRET = /PASSWORD|SECRET|TOKEN/;

describe('docker-compose.yml', () => {
  let directory: string;
  let envFile: string;
  let text: string;
  let env: string;
  let services: Map<string, Service>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-compose-'));
    envFile = join(directory, 'env');
    await makeEnv(envFile);
    env = await readFile(envFile, 'utf8');
    text = await readFile(COMPOSE_FILE, 'utf8');
    services = new Map(
      Object.entries((parse(text, { merge: true }) as { services: Record<string, Service> }).services),
    );
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const names = (has: (service: Service) => unknown): string[] =>
    [...services].filter(([, service]) => has(service)).map(([name]) => name);

  it('is accepted by Docker Compose with the settings that make-env makes', async () => {
    const { stdout } = await compose(['config'], { envFile });
    const made = parse(stdout) as { services: Record<string, Service> };
    expect(Object.keys(made.services).sort()).toEqual([...SERVICES, 'elasticsearch', 'nats', 'setup'].sort());
    expect(stdout).not.toContain('${');
  });

  it.each(['CAIRN_WEBHOOK_SECRET', 'CAIRN_ADMIN_TOKEN', 'CAIRN_NATS_PLANNER_PASSWORD', 'DOCKER_GID'])(
    'is refused without %s, by name',
    async (name) => {
      const without = join(directory, name);
      await writeFile(without, env.replace(new RegExp(`^${name}=.*$`, 'm'), ''));
      const { code, stderr } = await compose(['config'], { envFile: without, failing: true });
      expect(code).not.toBe(0);
      expect(stderr).toContain(`${name} is not set`);
    },
  );

  it('requires every secret, and has a default for none', () => {
    const references = [...text.matchAll(REFERENCE)];
    const bad = references.filter(([, name = '', operator, rest]) => {
      if (operator === undefined) return true;
      const optional = operator === ':-' && rest === '';
      return SECRET.test(name) && operator !== ':?' && !(optional && /GITHUB_TOKEN|PREVIOUS|S3_SECRET/.test(name));
    });
    expect(bad.map(([whole]) => whole)).toEqual([]);
    for (const [name, { environment }] of services)
      for (const [key, value] of Object.entries(environment))
        if (SECRET.test(key)) expect([name, key, value]).toEqual([name, key, expect.stringContaining('${')]);
  });

  it('names in .env.example just what it refers to', async () => {
    const example = await readFile(`${DEPLOY}.env.example`, 'utf8');
    const offered = [...example.matchAll(/^#?([A-Z0-9_]+)=/gm)].map(([, name]) => name);
    expect([...new Set(offered)].sort()).toEqual(
      [...new Set([...text.matchAll(REFERENCE)].map(([, name]) => name))].sort(),
    );
  });

  it('publishes viewer and ingest on loopback, and nothing else', () => {
    expect(names(({ ports }) => ports).sort()).toEqual(['ingest', 'viewer']);
    for (const { ports = [] } of services.values()) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect(names(({ network_mode }) => network_mode)).toEqual([]);
  });

  it('gives the Docker socket to the runner, and to nobody else', () => {
    expect(names(({ volumes = [] }) => volumes.some((volume) => volume.includes('docker.sock')))).toEqual(['runner']);
    expect(names((service) => JSON.stringify(service).includes('docker.sock'))).toEqual(['runner']);
  });

  it('takes from every container what it does not need', () => {
    expect(names((service) => !service.cap_drop?.includes('ALL') || service.cap_add)).toEqual([]);
    expect(names(({ security_opt }) => !security_opt?.includes('no-new-privileges:true'))).toEqual([]);
    expect(names(({ privileged }) => privileged)).toEqual([]);
    expect(names(({ read_only }) => !read_only)).toEqual(['elasticsearch']);
    expect(names(({ logging }) => !logging.options['max-size'])).toEqual([]);
  });

  it('runs each service under its own name, user and password', () => {
    for (const name of [...SERVICES, 'setup']) {
      const service = services.get(name);
      expect(service?.command).toEqual([name]);
      expect(service?.environment['CAIRN_NATS_USER']).toBe(name);
      const variable = `CAIRN_NATS_${name.replaceAll('-', '_').toUpperCase()}_PASSWORD`;
      expect(service?.environment['CAIRN_NATS_PASSWORD']).toMatch(new RegExp(`^\\$\\{${variable}:\\?`));
    }
  });

  it('keeps the servers on networks without a way out', () => {
    const { networks } = parse(text) as { networks: Record<string, { internal?: boolean }> };
    for (const name of ['nats', 'elasticsearch', 'setup', 'log-shipper'])
      for (const network of services.get(name)?.networks ?? [])
        expect([name, networks[network]?.internal]).toEqual([name, true]);
  });

  it('make-env keeps the file to its owner, and never overwrites one', async () => {
    expect((await stat(envFile)).mode & 0o777).toBe(0o600);
    const again = await run('node', [`${DEPLOY}make-env.mjs`, envFile], { failing: true });
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('is there already');
    expect(await readFile(envFile, 'utf8')).toBe(env);
    const secrets = [...env.matchAll(/^[A-Z_]*(?:PASSWORD|SECRET|TOKEN)=(.*)$/gm)].map(([, value]) => value);
    expect(secrets).toHaveLength(10);
    expect(new Set(secrets).size).toBe(10);
  });
});

describe('nats.conf', () => {
  it('asks for nothing that nats-server 2.9 lacks but sync_interval', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cairn-conf-'));
    const passwords = ['ingest', 'planner', 'runner', 'log_shipper', 'notifier', 'viewer', 'setup'].map((user) => [
      `NATS_${user.toUpperCase()}_PASSWORD`,
      '"0123456789"',
    ]);
    const environment = Object.fromEntries(passwords) as Record<string, string>;
    const text = await readFile(`${DEPLOY}nats/nats.conf`, 'utf8');
    expect(text).toMatch(/^ {2}sync_interval: always$/m);
    await writeFile(join(directory, 'nats.conf'), text.replace(/^ {2}sync_interval: always$/m, ''));
    await writeFile(join(directory, 'accounts.conf'), await readFile(`${DEPLOY}nats/accounts.conf`));
    const checked = await run('nats-server', ['-t', '-c', join(directory, 'nats.conf')], { environment });
    expect(checked.stderr).toContain('is valid');
    const { NATS_VIEWER_PASSWORD: _, ...missing } = environment;
    const refused = await run('nats-server', ['-t', '-c', join(directory, 'nats.conf')], {
      environment: missing,
      failing: true,
    });
    expect(refused.stderr).toContain('NATS_VIEWER_PASSWORD');
    await rm(directory, { recursive: true, force: true });
  });
});
