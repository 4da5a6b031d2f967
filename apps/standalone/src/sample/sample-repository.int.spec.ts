import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import { createForges } from '#forge';
import { parseSpec } from '#spec';
import { SAMPLE_ID } from './push-payload.js';
import { commitSample } from './sample-repository.js';

describe('the sample repository', () => {
  let gitRoot: string;
  beforeEach(async () => {
    gitRoot = await mkdtemp(join(tmpdir(), 'cairn-sample-'));
  });
  afterEach(() => rm(gitRoot, { recursive: true, force: true }));

  const options = (image?: string) => ({ gitRoot, image, searchPath: '/usr/local/bin:/usr/bin:/bin', at: '' });
  const forge = () => createForges({ githubUrl: 'http://127.0.0.1:1', gitRoot }).of('cairn/sample');
  const specAt = async (sha: string) =>
    parseSpec((await forge().fileAt('cairn/sample', sha, '.cairn.yml', 10_000)) ?? '');

  it('has a spec that can be built, on the image', async () => {
    const { before, after } = await commitSample(options('busybox:local'));
    expect(before).toBeUndefined();
    const { pipeline, diagnostics } = await specAt(after);
    expect(diagnostics).toEqual([]);
    expect(pipeline).toMatchObject({ image: 'busybox:local' });
  });

  it('is known to the forge by the id that its webhook names', async () => {
    await commitSample(options());
    expect(await forge().repository('cairn/sample')).toMatchObject({ id: SAMPLE_ID, defaultBranch: 'main' });
  });

  it('goes on from where it was', async () => {
    const first = await commitSample(options());
    const second = await commitSample(options());
    expect(second.before).toBe(first.after);
    expect(second.after).not.toBe(first.after);
  });
});
