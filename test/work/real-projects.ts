import { copyFile, cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianImage } from '../harness/debian-image.js';
import { run } from '../harness/run.js';
import { countsOfNode, countsOfPytest, type Counts } from './own-counts.js';

/** A published project and what its tests need, in an image: its files are below `/project`. */
export type RealProject = Readonly<{
  image: string;
  /** Runs its tests with its own runner, which writes `report.xml` beside what it prints. */
  command: string;
  /** The totals that the runner itself printed. */
  countsIn: (log: string) => Counts;
  /** A change that breaks something: a file, and what is put at its end. */
  mistake: Readonly<{ file: string; text: string }>;
}>;

/** networkx, whose package brings its tests, and Debian's pytest. */
export const pythonProject = async (): Promise<RealProject> => ({
  image: await debianImage({
    name: 'python',
    packages: ['python3-pytest'],
    alone: ['python3-networkx'],
    furnished: 'networkx in /project',
    furnish: async (root) => {
      await mkdir(join(root, 'project'));
      await rename(join(root, 'usr/lib/python3/dist-packages/networkx'), join(root, 'project/networkx'));
    },
  }),
  command:
    'python3 -m pytest -q -p no:cacheprovider --junitxml=report.xml networkx/algorithms/tests networkx/classes networkx/utils',
  countsIn: countsOfPytest,
  mistake: { file: 'networkx/classes/function.py', text: '\n\ndef density(G):\n    return -1\n' },
});

/** In the image's root, where Node looks from every directory. */
const NPM_PACKAGES = ['find-my-way@9.10.0', 'proxyquire@2.1.3', 'rfdc@1.4.1'];

const installPackages = async (root: string): Promise<void> => {
  const place = await mkdtemp(join(tmpdir(), 'cairn-npm-'));
  try {
    await writeFile(join(place, 'package.json'), '{"private": true}');
    const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock'];
    await run('npm', ['install', ...options, ...NPM_PACKAGES], { cwd: place }).catch((cause: unknown) => {
      throw new Error(`this test needs ${NPM_PACKAGES.join(', ')}, which npm could not install`, { cause });
    });
    await cp(join(place, 'node_modules'), join(root, 'node_modules'), { recursive: true });
  } finally {
    await rm(place, { recursive: true, force: true });
  }
  await rename(join(root, 'node_modules/find-my-way'), join(root, 'project'));
  await copyFile(process.execPath, join(root, 'usr/bin/node'));
};

/** find-my-way, whose package brings its tests, and the runner that comes with Node. */
export const npmProject = async (): Promise<RealProject> => ({
  image: await debianImage({
    name: 'npm',
    packages: ['libstdc++6', 'libatomic1'],
    furnished: `node ${process.version}, ${NPM_PACKAGES.join(', ')}`,
    furnish: installPackages,
  }),
  command: [
    ...['node', '--test', '--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=junit', '--test-reporter-destination=report.xml'],
  ].join(' '),
  countsIn: countsOfNode,
  mistake: { file: 'index.js', text: "\nRouter.prototype.prettyPrint = () => 'nothing'\n" },
});
