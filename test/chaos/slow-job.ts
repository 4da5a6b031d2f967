import { BUSYBOX_IMAGE } from '../harness/images.js';
import type { GitFixture } from '../fakes/github/index.js';

/**
 * Prints numbered lines until a file `go` appears, counts how often it was executed, and leaves `done` behind. `count`
 * tells how far it is.
 */
const SCRIPT = `echo begun >>executions
n=0
until [ -e go ]; do
  n=$((n + 1))
  echo "line $n"
  echo $n >count.new
  mv count.new count
  sleep 0.02
done
echo "$n lines, executed $(wc -l <executions) time"
touch done
`;

/** `jobs`: names of slow jobs; `after` needs all of them. */
export const slowSpec = (jobs: readonly string[] = ['slow']): string =>
  [
    `image: ${BUSYBOX_IMAGE}`,
    'jobs:',
    ...jobs.flatMap((name) => [`  ${name}:`, '    steps:', '      - sh slow.sh', '      - echo and a second step']),
    '  after:',
    `    needs: [${jobs.join(', ')}]`,
    '    steps:',
    '      - echo after them',
  ].join('\n');

/** A commit with slow jobs; each differs by its `salt`. */
export const commitSlow = (repo: GitFixture, salt: string, jobs?: readonly string[]): Promise<string> =>
  repo.commit({ '.cairn.yml': slowSpec(jobs), 'slow.sh': SCRIPT, salt });

/** The whole output of the slow step when its last line is this; undefined while that is not there. */
export const slowOutput = (log: string): string | undefined => {
  const last = log.split('\n').at(-2) ?? '';
  const count = /^(\d+) lines, executed 1 time$/.exec(last)?.[1];
  if (count === undefined) return undefined;
  const lines = Array.from({ length: Number(count) }, (_, index) => `line ${index + 1}\n`);
  return `${lines.join('')}${last}\n`;
};

export const linesIn = (log: string): number => log.split('\n').length - 1;
