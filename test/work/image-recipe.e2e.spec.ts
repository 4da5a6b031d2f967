import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { debianImage } from '../harness/debian-image.js';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../harness/images.js';
import { run } from '../harness/run.js';
import { startSystem, type System } from '../harness/system.js';

const MINUTES = 60_000;
const REPO = { id: 4_720, name: 'octo/image' };
/** Libraries of skopeo that it cannot do without; what Debian brings along with them are programs of GnuPG. */
const LIBRARIES = ['libassuan0', 'libdevmapper1.02.1', 'libgpg-error0', 'libgpgme11', 'libudev1'];

type Recipe = Readonly<{ image: string; jobs: { image: { steps: readonly string[]; artifacts: readonly string[] } } }>;

/** The recipe as the docs have it, on this machine: no step installs, and the base is a file instead of one in a registry. */
const recipeHere = async (image: string): Promise<Recipe> => {
  const docs = await readFile(new URL('../../docs/spec.md', import.meta.url), 'utf8');
  const texts = [...docs.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);
  const { jobs } = parse(texts.find((text) => text.includes('umoci repack')) ?? '') as Recipe;
  const [install = '', base = '', ...rest] = jobs.image.steps;
  expect(install).toMatch(/^apt-get update && apt-get install /);
  expect(base).toContain(' docker://');
  const steps = [base.replace(/docker:\S+/, 'docker-archive:base.tar'), ...rest];
  return { image, jobs: { image: { ...jobs.image, steps } } };
};

describe('the recipe for an image', () => {
  let system: System;
  let repo: GitFixture;
  let directory: string;
  let tools: string;
  beforeAll(async () => {
    await ensureBusyboxImage();
    tools = await debianImage({ name: 'images', packages: ['libselinux1'], alone: ['skopeo', 'umoci', ...LIBRARIES] });
    directory = await mkdtemp(join(tmpdir(), 'cairn-recipe-'));
    system = await startSystem({ executor: 'docker' });
    repo = await system.fixture('image');
    system.github.state.repos.set(REPO.name, { ...REPO, defaultBranch: 'main', dir: repo.gitDir });
  }, 5 * MINUTES);
  afterAll(async () => {
    await run('docker', ['rmi', 'app:1.4'], { failing: true });
    await system.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it(
    'makes one in a job without rights, which an engine then runs',
    async () => {
      await run('docker', ['save', '-o', join(repo.dir, 'base.tar'), BUSYBOX_IMAGE]);
      const app = 'echo "built in a job, on $(busybox | head -n 1 | cut -d" " -f1)"\n';
      const sha = await repo.commit({ '.cairn.yml': JSON.stringify(await recipeHere(tools)), 'app.sh': app });
      const payload = pushPayload({ repo: REPO, ref: 'refs/heads/main', after: sha });
      const { buildId } = await system.delivery((await system.deliver('push', payload)).guid);
      const { id, jobs } = await system.finished(buildId ?? '', 2 * MINUTES);
      expect(jobs[0]).toMatchObject({ status: 'passed', artifacts: { files: 1 } });

      const list = `/api/builds/${id}/jobs/image/artifacts`;
      const [artifact] = (await system.get<{ items: readonly { id: string }[] }>(list)).items;
      const answer = await fetch(`${system.api}${list}/${artifact?.id}`);
      const file = join(directory, 'app.tar');
      await writeFile(file, Buffer.from(await answer.arrayBuffer()));
      await run('docker', ['load', '-i', file]);
      const { stdout } = await run('docker', ['run', '--rm', '--network', 'none', 'app:1.4']);
      expect(stdout).toBe('built in a job, on BusyBox\n');
    },
    3 * MINUTES,
  );
});
