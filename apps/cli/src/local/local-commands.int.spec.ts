import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { runCli } from '../cli.js';

const run = promisify(execFile);

describe('cairn on the files here', () => {
  let directory: string;
  let environment: Record<string, string>;
  let input: string;
  let isTerminal: boolean;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-here-'));
    environment = {};
    input = '';
    isTerminal = false;
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const spec = (text: string, name = '.cairn.yml'): Promise<void> => writeFile(join(directory, name), text);
  const git = async (...args: string[]): Promise<void> => {
    const person = {
      GIT_AUTHOR_NAME: 'A',
      GIT_AUTHOR_EMAIL: 'a@b',
      GIT_COMMITTER_NAME: 'A',
      GIT_COMMITTER_EMAIL: 'a@b',
    };
    await run('git', ['-C', directory, ...args], { env: { PATH: process.env['PATH'], HOME: directory, ...person } });
  };
  const cairn = async (args: string, at = directory) => {
    const said = { out: '', err: '' };
    const output = {
      out: (text: string) => void (said.out += text),
      err: (text: string) => void (said.err += text),
      isTerminal,
    };
    const words = args.split(' ');
    return {
      code: await runCli(words, { directory: at, environment, input: Readable.from([input]), output }),
      ...said,
    };
  };

  describe('lint', () => {
    it('shows the place, the line of the file, and what to write', async () => {
      await spec('image: node:22\njobs:\n\ttest: [ls]\n'.replace('\t', '  ') + '  b:\n    stesp: [ls]\n');
      expect(await cairn('lint')).toEqual({
        code: 1,
        out: [
          '.cairn.yml:5:5: error: unknown key `stesp` in a job; did you mean `steps`? [CAIRN_SPEC_UNKNOWN_KEY]',
          '    5 |     stesp: [ls]',
          '      |     ^^^^^',
          '      | write: steps',
          '',
          '.cairn.yml: 1 error',
          '',
        ].join('\n'),
        err: '',
      });
    });

    it('says that all is well', async () => {
      await spec('image: node:22\njobs: {a: [ls], b: [ls]}\n');
      expect(await cairn('lint')).toEqual({ code: 0, out: '.cairn.yml: in order, 2 jobs\n', err: '' });
    });

    it('counts warnings, with which a build runs', async () => {
      await spec('image: node\nsteps: [ls]\n');
      const { code, out } = await cairn('lint');
      expect(code).toBe(0);
      expect(out).toMatch(/^\.cairn\.yml:1:8: warning: .*\n {4}1 \| image: node\n {6}\| {8}\^{4}\n/);
      expect(out).toMatch(/\n\.cairn\.yml: 1 warning\n$/);
    });

    it('has colours on a terminal, unless NO_COLOR is set', async () => {
      await spec('image: node\nsteps: [ls]\n');
      isTerminal = true;
      expect((await cairn('lint')).out).toContain('\u001b[33mwarning\u001b[0m');
      environment['NO_COLOR'] = '1';
      expect((await cairn('lint')).out).not.toContain('\u001b');
    });

    it('lets no control character of the file through', async () => {
      await spec('jobs:\n  "a\\u001b[2J": [ls]\n');
      expect((await cairn('lint')).out).not.toContain('\u001b');
      await spec('jobs:\n  \u202eb: [ls]\n');
      expect((await cairn('lint')).out).not.toContain('\u202e');
    });

    it('shows a part of a long line, with the mark under the place', async () => {
      await spec(`steps: ['${'x'.repeat(300)}', {stesp: ls}, '${'y'.repeat(300)}']\n`);
      const { out } = await cairn('lint');
      const [, line = '', mark = ''] = out.split('\n');
      expect(line.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1)).toBe('stesp');
      expect(line.length).toBeLessThan(120);
    });

    it('answers programs', async () => {
      await spec('image: node\nsteps: [""]\n');
      const { code, out } = await cairn('lint --format json');
      expect(code).toBe(1);
      expect(JSON.parse(out)).toMatchObject({
        file: '.cairn.yml',
        errors: 1,
        warnings: 1,
        diagnostics: [
          { severity: 'warning', code: 'CAIRN_SPEC_IMAGE_WITHOUT_TAG', line: 1, column: 8, endLine: 1, endColumn: 12 },
          { severity: 'error', code: 'CAIRN_SPEC_EMPTY', line: 2 },
        ],
      });
    });

    it('annotates at GitHub, where a name of the file ends nothing early', async () => {
      await spec('jobs:\n  "a::b%,\\n": [ls]\n');
      const { code, out } = await cairn('lint --format github');
      expect(code).toBe(1);
      expect(out.split('\n')).toHaveLength(2);
      expect(out).toMatch(
        /^::error file=\.cairn\.yml,line=2,endLine=2,col=3,endColumn=\d+,title=CAIRN_SPEC_JOB_NAME::/,
      );
      expect(out).toContain('%25');
    });

    it('finds the file of the working tree from below, another by its name, and standard input', async () => {
      await git('init', '--quiet');
      await spec('steps: [ls]\n');
      await mkdir(join(directory, 'sub/folder'), { recursive: true });
      const below = join(directory, 'sub/folder');
      expect(await cairn('lint', below)).toMatchObject({ code: 0, out: '../../.cairn.yml: in order, 1 job\n' });
      await spec('steps: []\n', 'other.yml');
      expect(await cairn('lint other.yml')).toMatchObject({ code: 1 });
      input = 'steps: [ls]\n';
      expect(await cairn('lint -')).toMatchObject({ code: 0, out: '<stdin>: in order, 1 job\n' });
    });

    it('fails where there is no file', async () =>
      expect(await cairn('lint')).toMatchObject({
        code: 1,
        err: expect.stringMatching(/^cairn: \.cairn\.yml cannot be read: /),
      }));
  });

  describe('plan', () => {
    const PIPELINE = `on:
  push: {branches: [main]}
  pull_request:
  manual: {inputs: {who: {required: true}}}
jobs:
  lint: [npm run lint]
  test:
    needs: lint
    image: node:\${{ matrix.node }}
    matrix: {node: [20, 22]}
    timeout: 90m
    steps:
      - npm test
      - {run: ./report.sh, name: Report}
  docs: {when: {paths: ['docs/**']}, steps: [make docs]}
  deploy: {needs: test, when: {event: push, branch: release}, steps: [./deploy.sh]}
`;

    it('is a tree: jobs, cells, needs, steps, and why or why not', async () => {
      await spec(PIPELINE);
      const { out } = await cairn('plan --changed src/a.ts');
      expect(out).toBe(
        `push to main starts: \`on.push\` matches (line 2)
├─ lint · no image · pool default · at most 1h
│  ├─ runs: it has no \`when\`
│  └─ npm run lint
├─ test · 2 cells
│  ├─ node 20 · needs lint · image node:20 · pool default · at most 1h30m
│  │  ├─ runs: it has no \`when\`
│  │  ├─ npm test
│  │  └─ Report
│  └─ node 22 · needs lint · image node:22 · pool default · at most 1h30m
│     ├─ runs: it has no \`when\`
│     ├─ npm test
│     └─ Report
├─ docs: does not run: no changed file matches \`when.paths\` (line 15)
└─ deploy: does not run: \`when.branch\` does not match: the branch \`main\` is built (line 16)
`,
      );
    });

    it.each([
      ['plan --branch topic', /^push to topic starts nothing: .*\(line 2\)\n$/],
      [
        'plan --event pull_request --head topic --base main',
        /^pull request from topic to main starts: .*\(line 3\)\n├/,
      ],
      ['plan --fork --head main', /^pull request from main of a fork to main starts: /],
      ['plan --tag v1', /^tag v1 starts nothing: /],
      ['plan --event schedule', /^schedule on main starts nothing: /],
      ['plan --input who=me', /^manual on main starts: /],
    ])('%s', async (args, expected) => {
      await spec(PIPELINE);
      expect((await cairn(args)).out).toMatch(expected);
    });

    it('takes branch, commit and repository from git', async () => {
      await spec('steps: [ls]\n');
      await git('init', '--quiet', '--initial-branch=topic');
      await git('remote', 'add', 'origin', 'git@github.com:octo/cat.git');
      await git('add', '--all');
      await git('commit', '--quiet', '--message=first');
      const { stdout } = await run('git', ['-C', directory, 'rev-parse', 'HEAD']);
      expect(JSON.parse((await cairn('plan --json')).out)).toMatchObject({
        trigger: {
          event: 'push',
          branch: 'topic',
          ref: 'refs/heads/topic',
          sha: stdout.trim(),
          isDefaultBranch: false,
        },
        starts: { runs: true },
        plan: { jobs: [{ id: 'build' }], templates: [{ name: 'build' }] },
        diagnostics: [],
      });
    });

    it('tells what is wrong, and plans nothing', async () => {
      await spec('steps: [""]\n');
      expect(await cairn('plan')).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringContaining('.cairn.yml:1:9: error'),
      });
    });

    it('tells what comes out wrong only now', async () => {
      await spec('runs_on: ${{ cairn.branch }}\nsteps: [ls]\n');
      expect(await cairn('plan --branch a/b')).toMatchObject({ code: 1, err: expect.stringContaining('EXPANDED') });
    });

    it.each([
      ['plan --event deploy', 'there is no event "deploy"'],
      ['plan --tag v1 --event push', '--tag does not go with the event push'],
      ['plan --event tag', 'the event tag needs --tag'],
      ['plan --branch a..b --event', 'event'],
      ['plan --branch -x', 'branch'],
      ['plan --input who', 'write --input NAME=value'],
      ['plan --event manual', 'the input `who` is required'],
      ['plan --input who=me --input other=x', 'there is no input `other`'],
      ['plan a b', 'too much: b'],
      ['lint --format xml', 'there is no format "xml"'],
      ['lint --fast', '--fast'],
      ['run nobody', 'there is no job "nobody"'],
      ['run lnit', 'did you mean `lint`'],
      ['run --executor ssh', 'there is no executor "ssh"'],
      ['run --fork', '--fork'],
    ])('%s is wrong use', async (args, words) => {
      await spec(PIPELINE);
      expect(await cairn(args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(words) });
    });
  });

  it('run begins nothing while there are errors', async () => {
    await spec('steps: [""]\n');
    expect(await cairn('run')).toMatchObject({ code: 1, err: expect.stringContaining('.cairn.yml:1:9: error') });
  });
});
