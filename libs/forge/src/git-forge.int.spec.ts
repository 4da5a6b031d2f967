import { chown, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ForgeRefused, ForgeUnavailable, RepositoryUnknown } from '#errors';
import { createGitFixture, runGit, type GitFixture } from '../../../test/fakes/github/git-fixture.js';
import { forgeContract } from './forge.contract.js';
import { GitForge } from './git-forge.js';

const closesNothing = (): Promise<void> => Promise.resolve();

forgeContract('plain git with a working copy', (root) =>
  Promise.resolve({ forge: new GitForge({ root }), close: closesNothing }),
);
forgeContract('plain git, bare', async (root, { dir, gitDir }) => {
  await rename(gitDir, `${dir}.git`);
  await rm(dir, { recursive: true });
  return { forge: new GitForge({ root }), close: closesNothing };
});

describe('plain git', () => {
  let parent: string;
  let root: string;
  let forge: GitForge;
  let fixture: GitFixture;
  let sha: string;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'cairn-git-forge-'));
    root = join(parent, 'root');
    forge = new GitForge({ root });
    fixture = await createGitFixture(join(root, 'acme/widgets'));
    sha = await fixture.commit({ '.cairn.yml': 'image: here\n' });
  });
  afterEach(() => rm(parent, { recursive: true }));

  it('keeps no statuses', () => expect(forge.statuses).toBeUndefined());

  it('refuses a link that leads out of the root', async () => {
    const outside = await createGitFixture(join(parent, 'outside'));
    const secret = await outside.commit({ '.cairn.yml': 'secret' });
    await symlink(outside.dir, join(root, 'acme/whole'));
    await symlink(outside.gitDir, join(root, 'acme/bare.git'));
    await mkdir(join(root, 'acme/inner'));
    await symlink(outside.gitDir, join(root, 'acme/inner/.git'));
    await symlink(parent, join(root, 'up'));
    for (const repo of ['acme/whole', 'acme/bare', 'acme/inner', 'up/outside']) {
      await expect(forge.fileAt(repo, secret, '.cairn.yml', 100)).rejects.toThrow(/leads out of CAIRN_GIT_ROOT/);
      await expect(forge.remote(repo)).rejects.toThrow(ForgeRefused);
    }
  });

  it('follows a link that stays below the root', async () => {
    await symlink(fixture.gitDir, join(root, 'acme/renamed.git'));
    expect(await forge.fileAt('acme/renamed', sha, '.cairn.yml', 100)).toBe('image: here\n');
  });

  it('takes no file that points to a git directory for one', async () => {
    await mkdir(join(root, 'acme/pointer'));
    await writeFile(join(root, 'acme/pointer/.git'), `gitdir: ${fixture.gitDir}\n`);
    await expect(forge.repository('acme/pointer')).rejects.toThrow(RepositoryUnknown);
  });

  it('takes the id from the settings of the repository, so that a rename keeps it', async () => {
    const byName = await forge.repository('acme/widgets');
    expect(byName.id).toBeGreaterThanOrEqual(2 ** 52);
    await fixture.git('config', 'cairn.repoId', '42');
    await rename(join(root, 'acme/widgets'), join(root, 'acme/gadgets'));
    expect(await forge.repository('acme/gadgets')).toEqual({ id: 42, name: 'acme/gadgets', defaultBranch: 'main' });
  });

  it.each(['0', '-1', '1.5', '9007199254740992', 'x'])('refuses %j as an id', async (id) => {
    await fixture.git('config', 'cairn.repoId', id);
    await expect(forge.repository('acme/widgets')).rejects.toThrow(/cairn\.repoId must be a whole number/);
  });

  it('says what to do about a repository without a default branch', async () => {
    await fixture.git('checkout', '--quiet', '--detach');
    await expect(forge.repository('acme/widgets')).rejects.toThrow(/git symbolic-ref HEAD/);
  });

  it('reads a commit as it is, whatever replaces it locally', async () => {
    const other = await fixture.commit({ '.cairn.yml': 'image: other\n' });
    await fixture.git('replace', sha, other);
    expect(await forge.fileAt('acme/widgets', sha, '.cairn.yml', 100)).toBe('image: here\n');
  });

  it('starts nothing that the settings of a repository name', async () => {
    const trace = join(parent, 'started');
    await fixture.git('config', 'core.sshCommand', `touch ${trace};`);
    await fixture.git('config', 'core.fsmonitor', `touch ${trace};`);
    await fixture.git('config', 'remote.origin.url', 'ssh://host/x');
    await fixture.git('config', 'remote.origin.promisor', 'true');
    await fixture.git('config', 'extensions.partialClone', 'origin');
    await fixture.git('config', 'core.repositoryFormatVersion', '1');
    await forge.fileAt('acme/widgets', 'e'.repeat(40), '.cairn.yml', 100).catch(() => undefined);
    expect(await readdir(parent)).toEqual(['root']);
  });

  it('says that git cannot be started', async () => {
    const blind = new GitForge({ root, searchPath: join(parent, 'nothing') });
    await expect(blind.fileAt('acme/widgets', sha, '.cairn.yml', 100)).rejects.toThrow(/git cannot be started from/);
    await expect(blind.repository('acme/widgets')).rejects.toThrow(ForgeUnavailable);
  });

  it('repeats what git says about a broken repository', async () => {
    await writeFile(join(fixture.gitDir, 'config'), '[core]\n\trepositoryformatversion = 99\n');
    await expect(forge.fileAt('acme/widgets', sha, '.cairn.yml', 100)).rejects.toThrow(/fatal:.*99/);
  });

  it('reads a large file whole, and in order', async () => {
    const lines = Array.from({ length: 200_000 }, (_, line) => `line ${line} ü\n`).join('');
    const large = await fixture.commit({ 'large.txt': lines });
    expect((await forge.fileAt('acme/widgets', large, 'large.txt', 10_000_000)) === lines).toBe(true);
  });

  const asRoot = process.getuid?.() === 0 ? it : it.skip;
  asRoot('reads and fetches from a repository that belongs to another user', async () => {
    for (const entry of await readdir(fixture.dir, { recursive: true }))
      await chown(join(fixture.dir, entry), 65534, 65534);
    await chown(fixture.dir, 65534, 65534);
    expect(await forge.fileAt('acme/widgets', sha, '.cairn.yml', 100)).toBe('image: here\n');
    const remote = await forge.remote('acme/widgets');
    const environment = { ...remote.environment, GIT_ALLOW_PROTOCOL: remote.protocols };
    await runGit(parent, ['init', '--quiet', '--bare', 'mirror.git']);
    const mirror = join(parent, 'mirror.git');
    await runGit(mirror, ['fetch', '--quiet', remote.url, sha], environment);
    expect(await runGit(mirror, ['rev-parse', 'FETCH_HEAD'])).toBe(sha);
    await expect(runGit(mirror, ['fetch', '--quiet', remote.url, sha])).rejects.toThrow(/dubious ownership/);
  });
});
