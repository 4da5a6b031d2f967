import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ForgeRefused, InvalidSettings } from '#errors';
import { createGitFixture, runGit } from '../../../test/fakes/github/git-fixture.js';
import { createForges } from './forges.js';

const githubUrl = 'https://api.github.com';

describe('the forge of a repository', () => {
  let gitRoot: string;
  beforeAll(async () => {
    gitRoot = await mkdtemp(join(tmpdir(), 'cairn-forges-'));
    await createGitFixture(join(gitRoot, 'acme/widgets'));
    await runGit(gitRoot, ['init', '--quiet', '--bare', 'acme/bare.git']);
    await runGit(gitRoot, ['init', '--quiet', '--bare', 'acme/plain']);
  });
  afterAll(() => rm(gitRoot, { recursive: true }));

  it.each(['acme/widgets', 'acme/bare', 'acme/plain'])('is plain git for %s, which is below the root', (repo) =>
    expect(createForges({ githubUrl, gitRoot }).of(repo).kind).toBe('git'),
  );
  it('is GitHub for any other, and without a root', () => {
    expect(createForges({ githubUrl, gitRoot }).of('acme/elsewhere').kind).toBe('github');
    expect(createForges({ githubUrl }).of('acme/widgets').kind).toBe('github');
  });
  it('sees a repository that is made later', async () => {
    const forges = createForges({ githubUrl, gitRoot });
    expect(forges.of('acme/later').kind).toBe('github');
    await createGitFixture(join(gitRoot, 'acme/later'));
    expect(forges.of('acme/later').kind).toBe('git');
  });
  it.each(['../etc', 'acme', 'acme/..'])('is none for %j', (repo) => {
    expect(() => createForges({ githubUrl, gitRoot }).of(repo)).toThrow(ForgeRefused);
    expect(() => createForges({ githubUrl }).of(repo)).toThrow(ForgeRefused);
  });
  it('is refused with wrong settings', () =>
    expect(() => createForges({ githubUrl: 'http://github.example.org' })).toThrow(InvalidSettings));
});
