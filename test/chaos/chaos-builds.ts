import { BUSYBOX_IMAGE } from '../harness/images.js';

/** What a step prints: numbered lines for about a second, some longer than the 16 KiB at which the engine cuts its log. */
const LINES = 30;
const LONG = 'y'.repeat(20_000);

const script = `long=$(head -c ${LONG.length} /dev/zero | tr '\\0' y)
n=0
while [ $n -lt ${LINES} ]; do
  n=$((n + 1))
  if [ $((n % 10)) = 0 ]; then echo "line $n $long"; else echo "line $n"; fi
  usleep 30000
done
`;

/** The output of a step that came to its end. */
export const WHOLE_LOG = Array.from({ length: LINES }, (_, index) => index + 1)
  .map((n) => (n % 10 === 0 ? `line ${n} ${LONG}\n` : `line ${n}\n`))
  .join('');

/** A build of chaos. `jobs`: how each ends, also when nothing is ended beside it; those that print have the script's log. */
export type ChaosBuild = Readonly<{
  spec: string;
  status: 'passed' | 'failed';
  jobs: Readonly<Record<string, 'passed' | 'failed' | 'skipped'>>;
}>;

/** More often than a run ends what a job needs: how often it is tried again is not what is looked at here. */
const HEAD = `image: ${BUSYBOX_IMAGE}\n`;
const RETRY = '    retry: {infrastructure: 10}\n';

/** None has services: dockerd 20.10 that was killed may fall over the networks of such jobs when it starts. */
const KINDS: readonly ChaosBuild[] = [
  {
    spec: `${HEAD}jobs:\n  first:\n${RETRY}    steps: [sh lines.sh]\n  then:\n    needs: first\n${RETRY}    steps: [sh lines.sh, echo done]\n`,
    status: 'passed',
    jobs: { first: 'passed', then: 'passed' },
  },
  {
    spec: `${HEAD}jobs:\n  first:\n${RETRY}    steps: [sh lines.sh; exit 3]\n  then:\n    needs: first\n${RETRY}    steps: [echo never]\n`,
    status: 'failed',
    jobs: { first: 'failed', then: 'skipped' },
  },
  {
    spec: `${HEAD}jobs:\n  first:\n${RETRY}    steps: [sh lines.sh, 'echo value=1 >>$CAIRN_ENV', 'test "$value" = 1']\n`,
    status: 'passed',
    jobs: { first: 'passed' },
  },
];

/** The build of a number, from 0: kinds take turns. */
export const chaosBuild = (number: number): ChaosBuild => KINDS[number % KINDS.length] as ChaosBuild;

/** What each kind's commit holds. */
export const CHAOS_COMMITS: readonly Record<string, string>[] = KINDS.map(({ spec }) => ({
  '.cairn.yml': spec,
  'lines.sh': script,
}));
