import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SampleFailed } from '#errors';
import { gitWith, type Git } from '../git.js';
import { SAMPLE_ID, SAMPLE_REPO, type SamplePush } from './push-payload.js';

const README = `# A sample

Cairn made this repository to show a build. It is a bare git repository like any other: clone it, change \`.cairn.yml\`, and
see \`docs/spec.md\` for all that can stand there.
`;

/** Small, and with something to see: two jobs at a time, a third that needs both. */
const specFor = (image: string | undefined): string => `# What Cairn does with each push to this repository.
${image === undefined ? '' : `image: ${JSON.stringify(image)}\n`}environment:
  WHO: world

jobs:
  hello:
    steps:
      - echo "Hello, $WHO! This is build $CAIRN_BUILD_NUMBER of $CAIRN_REPO."
      - name: What is in the workspace
        run: ls -la && cat README.md

  stones:
    steps:
      - name: Pile five stones
        run: for n in 1 2 3 4 5; do echo "stone $n"; done

  cairn:
    needs: [hello, stones]
    steps:
      - echo "Both passed, so this one ran. The path is marked."
`;

/** git on one repository, without the machine's or the user's settings. @throws SampleFailed */
const gitIn = (directory: string, searchPath: string): Git => {
  const person = { NAME: 'Cairn', EMAIL: 'cairn@localhost' };
  const environment = {
    PATH: searchPath,
    HOME: directory,
    GIT_DIR: directory,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: person.NAME,
    GIT_AUTHOR_EMAIL: person.EMAIL,
    GIT_COMMITTER_NAME: person.NAME,
    GIT_COMMITTER_EMAIL: person.EMAIL,
  };
  return gitWith(environment, (why, options) => new SampleFailed(why, options));
};

/** Commits the sample's files to `main`, in a bare repository that is made when it is missing. @throws SampleFailed */
export const commitSample = async (options: {
  gitRoot: string;
  image: string | undefined;
  searchPath: string;
  at: string;
}): Promise<SamplePush> => {
  const directory = join(options.gitRoot, `${SAMPLE_REPO}.git`);
  await mkdir(directory, { recursive: true });
  const git = gitIn(directory, options.searchPath);
  await git(['init', '--quiet', '--bare', '--initial-branch=main']);
  await git(['config', 'cairn.repoId', String(SAMPLE_ID)]);
  const spec = await git(['hash-object', '-w', '--stdin'], specFor(options.image));
  const readme = await git(['hash-object', '-w', '--stdin'], README);
  const tree = await git(['mktree'], `100644 blob ${spec}\t.cairn.yml\n100644 blob ${readme}\tREADME.md\n`);
  const before = (await git(['for-each-ref', '--format=%(objectname)', 'refs/heads/main'])) || undefined;
  const message = before === undefined ? 'Show what a build is' : 'Show it again';
  const parents = before === undefined ? [] : ['-p', before];
  const after = await git(['commit-tree', tree, ...parents], `${message}\n`);
  await git(['update-ref', 'refs/heads/main', after, before ?? '']);
  return { before, after, message, at: options.at };
};
