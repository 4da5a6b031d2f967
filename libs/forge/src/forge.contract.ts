import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommitUnknown, FileTooLarge, ForgeRefused, RepositoryUnknown } from '#errors';
import { createGitFixture, runGit, type GitFixture } from '../../../test/fakes/github/git-fixture.js';
import type { Forge } from './forge.js';

/** The adapter over one repository, `acme/widgets`. */
export type ForgeUnderTest = Readonly<{ forge: Forge; close(): Promise<void> }>;

const REPO = 'acme/widgets';
const NOWHERE = '0123456789abcdef0123456789abcdef01234567';
const LIMIT = 1000;

/** What every adapter of the port must do. `open` is given a directory with `acme/widgets` in it, made by git. */
export const forgeContract = (
  name: string,
  open: (root: string, fixture: GitFixture) => Promise<ForgeUnderTest>,
): void =>
  describe(`${name}, as a forge`, () => {
    let root: string;
    let fixture: GitFixture;
    let subject: ForgeUnderTest;
    let first: string;
    let second: string;
    let branch: string;
    let orphan: string;

    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'cairn-forge-'));
      fixture = await createGitFixture(join(root, 'acme/widgets'));
      first = await fixture.commit({
        '.cairn.yml': 'image: first\n',
        'deep/a b/ü#?%.txt': 'grüße 🪨\n',
        'exactly.txt': 'x'.repeat(LIMIT),
        'more.txt': 'x'.repeat(LIMIT + 1),
        'empty.txt': '',
        'link.yml': { link: '.cairn.yml' },
        'out.txt': { link: '../../../../etc/hostname' },
        'lost.txt': { link: 'nothing' },
      });
      await fixture.git('tag', '--annotate', '--message', 'One', 'v1');
      await fixture.git('branch', 'constructor');
      second = await fixture.commit({ '.cairn.yml': 'image: second\n', 'link.yml': undefined });
      await fixture.git('branch', 'feature/deep');
      await fixture.git('branch', 'both');
      await fixture.git('tag', 'both', first);
      await fixture.git('update-ref', 'refs/pull/7/head', first);
      await fixture.git('update-ref', 'refs/heads/--upload-pack=x', first);
      await fixture.git('checkout', '--quiet', '-b', 'work', first);
      branch = await fixture.commit({
        'exactly.txt': undefined,
        'moved/exactly.txt': 'x'.repeat(LIMIT),
        ' a b/ü\n#?%.txt': 'new\n',
      });
      await fixture.git('checkout', '--quiet', '--orphan', 'orphan');
      orphan = await fixture.commit({ 'other.txt': 'o' });
      await fixture.git('checkout', '--quiet', 'main');
      subject = await open(root, fixture);
    });
    afterAll(async () => {
      await subject.close();
      await rm(root, { recursive: true });
    });

    it('knows the repository by an id that stays', async () => {
      const repository = await subject.forge.repository(REPO);
      expect(repository).toMatchObject({ name: REPO, defaultBranch: 'main' });
      expect(Number.isSafeInteger(repository.id) && repository.id > 0).toBe(true);
      expect((await subject.forge.repository(REPO)).id).toBe(repository.id);
    });

    it('reads a file as it was at each commit', async () => {
      expect(await subject.forge.fileAt(REPO, first, '.cairn.yml', LIMIT)).toBe('image: first\n');
      expect(await subject.forge.fileAt(REPO, second, '.cairn.yml', LIMIT)).toBe('image: second\n');
      expect(await subject.forge.fileAt(REPO, first, 'empty.txt', LIMIT)).toBe('');
    });

    it('reads a path of any characters, and text of any', async () =>
      expect(await subject.forge.fileAt(REPO, first, 'deep/a b/ü#?%.txt', LIMIT)).toBe('grüße 🪨\n'));

    it('follows a link inside the repository, and none that leads out', async () => {
      expect(await subject.forge.fileAt(REPO, first, 'link.yml', LIMIT)).toBe('image: first\n');
      expect(await subject.forge.fileAt(REPO, first, 'out.txt', LIMIT)).toBeUndefined();
      expect(await subject.forge.fileAt(REPO, first, 'lost.txt', LIMIT)).toBeUndefined();
    });

    it('says undefined for what the commit has not, or has as a directory', async () => {
      for (const path of ['nothing.yml', 'deep', 'deep/nothing', '.cairn.yml/below', '-c']) {
        expect(await subject.forge.fileAt(REPO, first, path, LIMIT)).toBeUndefined();
      }
      expect(await subject.forge.fileAt(REPO, second, 'link.yml', LIMIT)).toBeUndefined();
    });

    it('reads a file of just the limit, and refuses one byte more', async () => {
      expect(await subject.forge.fileAt(REPO, first, 'exactly.txt', LIMIT)).toHaveLength(LIMIT);
      await expect(subject.forge.fileAt(REPO, first, 'more.txt', LIMIT)).rejects.toThrow(FileTooLarge);
    });

    it('tells a commit that is not there from a file that is not there', () =>
      expect(subject.forge.fileAt(REPO, NOWHERE, '.cairn.yml', LIMIT)).rejects.toThrow(CommitUnknown));

    it('tells a repository that is not there from a file that is not there', async () => {
      const { forge } = subject;
      await expect(forge.fileAt('acme/nothing', first, '.cairn.yml', LIMIT)).rejects.toThrow(RepositoryUnknown);
      await expect(forge.repository('acme/nothing')).rejects.toThrow(RepositoryUnknown);
      await expect(forge.resolve('acme/nothing', 'main')).rejects.toThrow(RepositoryUnknown);
      await expect(forge.resolve('acme/nothing', '../../etc')).rejects.toThrow(RepositoryUnknown);
    });

    it.each(['', 'acme', 'acme/', '/widgets', 'acme/../widgets', '../widgets', 'acme/..', './widgets', 'acme/.'])(
      'refuses %j as the name of a repository',
      (repo) => refusesRepo(repo),
    );
    it.each(['a/b/c', 'acme/wid gets', 'acme/widgets\n', 'acme/widgets.git', 'acme/.git', 'https://x/y', 'acme\\x/y'])(
      'refuses %j as the name of a repository',
      (repo) => refusesRepo(repo),
    );
    const refusesRepo = async (repo: string): Promise<void> => {
      const { forge } = subject;
      await expect((async () => forge.repository(repo))()).rejects.toThrow(ForgeRefused);
      await expect((async () => forge.fileAt(repo, first, '.cairn.yml', LIMIT))()).rejects.toThrow(ForgeRefused);
      await expect((async () => forge.remote(repo))()).rejects.toThrow(ForgeRefused);
    };

    it.each(['', 'main', '--upload-pack=x', 'a'.repeat(39), 'A'.repeat(40), `${'a'.repeat(40)}\n`])(
      'refuses %j as a commit',
      (sha) => expect(subject.forge.fileAt(REPO, sha, '.cairn.yml', LIMIT)).rejects.toThrow(ForgeRefused),
    );

    it.each(['', '/etc/passwd', '../x', 'a/../b', './x', 'a//b', 'a\nb', 'a\0b'])('refuses %j as a path', (path) =>
      expect(subject.forge.fileAt(REPO, first, path, LIMIT)).rejects.toThrow(ForgeRefused),
    );

    it('resolves branches, tags and full refs to commits', async () => {
      const { forge } = subject;
      expect(await forge.resolve(REPO, 'main')).toBe(second);
      expect(await forge.resolve(REPO, 'feature/deep')).toBe(second);
      expect(await forge.resolve(REPO, 'constructor')).toBe(first);
      expect(await forge.resolve(REPO, 'v1')).toBe(first);
      expect(await forge.resolve(REPO, 'refs/tags/v1')).toBe(first);
      expect(await forge.resolve(REPO, 'refs/heads/main')).toBe(second);
      expect(await forge.resolve(REPO, 'refs/pull/7/head')).toBe(first);
      expect(await forge.resolve(REPO, '--upload-pack=x')).toBe(first);
    });

    it('takes a name that is both for the branch', async () =>
      expect(await subject.forge.resolve(REPO, 'both')).toBe(second));

    it.each(['nothing', 'refs/heads/v1', '', '@', 'main~1', 'main^', 'main@{0}', ':/A', '../../etc', 'a..b', 'a\nb'])(
      'resolves %j to nothing',
      async (ref) => expect(await subject.forge.resolve(REPO, ref)).toBeUndefined(),
    );
    it('resolves no abbreviated commit', async () =>
      expect(await subject.forge.resolve(REPO, second.slice(0, 10))).toBeUndefined());

    describe('changed files', () => {
      const changed = async (before: string, head: string) =>
        [...((await subject.forge.changedFiles(REPO, before, head)) ?? ['unknown'])].sort();

      it('are those that were written or removed', async () =>
        expect(await changed(first, second)).toEqual(['.cairn.yml', 'link.yml']));
      it('have both names of what was renamed, and any characters', async () =>
        expect(await changed(first, branch)).toEqual([' a b/ü\n#?%.txt', 'exactly.txt', 'moved/exactly.txt']));
      it('are counted from where the two parted', async () =>
        expect(await changed(second, branch)).toEqual(await changed(first, branch)));
      it('are none of the same commit, or of an older one', async () => {
        expect(await changed(second, second)).toEqual([]);
        expect(await changed(second, first)).toEqual([]);
      });
      it('are unknown when a commit is gone, or nothing is in common', async () => {
        for (const [before, head] of [
          [NOWHERE, second],
          [second, NOWHERE],
          [orphan, second],
        ] as const)
          expect(await subject.forge.changedFiles(REPO, before, head)).toBeUndefined();
      });
      it('are those of a repository that is there, between commits', async () => {
        const { forge } = subject;
        await expect(forge.changedFiles('acme/nothing', first, second)).rejects.toThrow(RepositoryUnknown);
        await expect((async () => forge.changedFiles(REPO, 'main', second))()).rejects.toThrow(ForgeRefused);
        await expect((async () => forge.changedFiles(REPO, first, '--output=x'))()).rejects.toThrow(ForgeRefused);
      });
    });

    it('gives a remote that git fetches a commit from', async () => {
      const remote = await subject.forge.remote(REPO);
      const mirror = join(root, 'mirror.git');
      await runGit(root, ['init', '--quiet', '--bare', mirror]);
      const environment = { ...remote.environment, GIT_ALLOW_PROTOCOL: remote.protocols, GIT_TERMINAL_PROMPT: '0' };
      await runGit(mirror, ['fetch', '--quiet', '--depth=1', '--end-of-options', remote.url, first], environment);
      expect(await runGit(mirror, ['rev-parse', 'FETCH_HEAD'])).toBe(first);
      await runGit(mirror, ['fetch', '--quiet', '--end-of-options', remote.url, '+refs/*:refs/*'], environment);
      expect(await runGit(mirror, ['rev-parse', 'refs/heads/main'])).toBe(second);
    });
  });
