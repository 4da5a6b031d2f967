import { parseDocument } from 'yaml';
import { parseSpec, planPipeline } from '../../dist/libs/spec/src/index.js';
import { now, report, times } from './measure.mjs';

const RUNS = 21;
const REQUEST = {
  trigger: {
    event: 'push',
    ref: 'refs/heads/main',
    sha: 'a'.repeat(40),
    branch: 'main',
    isDefaultBranch: true,
    title: 'A commit',
    author: 'ada',
  },
  repo: 'cairn/bench',
  repoId: 'gh-1',
};

const job = (name, matrix) => `  ${name}:
    matrix: {${matrix}}
    image: node:\${{ matrix.node }}
    environment: {CI: 'true', SHARD: '\${{ matrix.shard }}'}
    when: {event: [push, pull_request]}
    timeout: 20m
    steps:
      - npm ci
      - name: Unit tests of \${{ matrix.node }}
        run: npm test -- --shard=\${{ matrix.shard }}
        timeout: 10m
        retry: 1
      - npm run report
    reports: {junit: ['reports/*.xml']}
    artifacts: ['coverage/**']
`;
const range = (count, first = 1) => Array.from({ length: count }, (_, n) => n + first).join(', ');

/** Each makes 1,000 jobs. */
const SPECS = {
  '100 jobs of 10 cells': `jobs:\n${Array.from({ length: 100 }, (_, n) => job(`test${n}`, `node: [20, 22], shard: [${range(5)}]`)).join('')}`,
  'one job of 1,000 cells, each written': `jobs:\n${job('test', `include: [${Array.from({ length: 1_000 }, (_, n) => `{node: ${20 + (n % 5)}, shard: ${n}}`).join(', ')}]`)}`,
  'one job of 10 × 100 cells': `jobs:\n${job('test', `node: [${range(10, 15)}], shard: [${range(100)}]`)}`,
};

const timed = (run) =>
  times(RUNS, () => {
    const start = now();
    run();
    return now() - start;
  });

const parsedAndPlanned = (text) => {
  const { pipeline, diagnostics } = parseSpec(text);
  const { plan } = pipeline ? planPipeline(pipeline, REQUEST) : {};
  if (plan?.jobs.length !== 1_000) throw new Error(`no plan of 1,000 jobs: ${JSON.stringify(diagnostics.slice(0, 3))}`);
};

export const benchSpec = async () => {
  for (const [what, text] of Object.entries(SPECS)) {
    await timed(() => parsedAndPlanned(text)); // warm, as a service is
    const floor = await timed(() => parseDocument(text));
    const figure = await timed(() => parsedAndPlanned(text));
    report(`spec of 1,000 jobs: ${what} (${(text.length / 1024).toFixed(0)} KiB)`, figure, {
      what: 'yaml',
      value: floor,
    });
  }
};
