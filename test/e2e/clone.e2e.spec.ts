import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

describe('a clone', () => {
  let clone: string;
  beforeAll(async () => {
    clone = await mkdtemp(join(tmpdir(), 'cairn-clone-'));
    const { stdout } = await run('git', ['-C', ROOT, 'ls-files', '-z', '--cached', '--others', '--exclude-standard']);
    for (const file of stdout.split('\0').filter(Boolean)) {
      await mkdir(dirname(join(clone, file)), { recursive: true });
      await cp(join(ROOT, file), join(clone, file)).catch(() => undefined); // deleted, and not committed yet
    }
    await symlink(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  });
  afterAll(() => rm(clone, { recursive: true, force: true }));

  const npx = async (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
    const env = { ...process.env, npm_config_cache: join(clone, '.npm'), npm_config_offline: 'true' };
    return run('npx', ['cairn', ...args], { cwd: clone, env }).then(
      (said) => ({ code: 0, ...said }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  };

  it('needs no build before `npx cairn`: the first use makes it, the next ones find it', async () => {
    const first = await npx('--help');
    expect(first.stderr).toContain('cairn: building …\n');
    expect(first.stdout).toContain('cairn lint');
    const stamp = await readFile(join(clone, 'dist/.cairn-build'), 'utf8');
    await writeFile(join(clone, '.cairn.yml'), 'stesp: [ls]\n');
    const second = await npx('lint', '--json');
    expect(second.code).toBe(1);
    expect(JSON.parse(second.stdout)).toMatchObject({ errors: 1 });
    expect(second.stderr).not.toContain('building');
    expect(await readFile(join(clone, 'dist/.cairn-build'), 'utf8')).toBe(stamp);
  }, 240_000);
});
