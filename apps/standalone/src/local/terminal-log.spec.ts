import type { LogPiece, Plan } from '#events';
import { TerminalLog } from './terminal-log.js';

const planned = { needs: [], pool: 'default', infrastructureRetries: 2, timeoutMs: 1 };
const steps = [{ name: 'npm\u001b[2J test', run: 'npm test', environment: {} }];
const plan: Plan = {
  templates: [
    { name: 'lint', environment: {}, steps },
    { name: 'test', environment: {}, steps: [{ ...steps[0]!, name: 'npm\u001b[2J test on ${{ matrix.node }}' }] },
  ],
  jobs: [
    { id: 'lint', name: 'lint', cell: {}, ...planned },
    { id: 'test--1', name: 'test', cell: { node: '20' }, ...planned },
  ],
};
const STEP = { jobId: 'lint', attempt: 1, step: 1 };

describe('the log on a terminal', () => {
  const shown = (hasColours = false) => {
    const lines: string[] = [];
    const log = new TerminalLog(plan, hasColours, (text) => lines.push(text));
    const chunk = (pieces: LogPiece[], step = STEP) =>
      log.chunk(step, { from: 1, offset: 0, bytes: 0, chain: '', lines: pieces });
    return { log, lines, chunk };
  };

  it('puts the name of the job before each line, all of one width, and each step under its heading', () => {
    const { log, lines, chunk } = shown();
    chunk([
      { t: 0, x: 'one' },
      { t: 0, b: Buffer.from('zwö').toString('base64') },
    ]);
    log.begin(STEP);
    chunk([{ t: 0, x: 'three' }], { ...STEP, jobId: 'test--1' });
    expect(lines).toEqual([
      'lint           | $ npm?[2J test\n',
      'lint           | one\n',
      'lint           | zwö\n',
      'test (node 20) | $ npm?[2J test on 20\n',
      'test (node 20) | three\n',
    ]);
  });

  it('puts together what came in pieces, also within a character, and shows a last line without an end', () => {
    const { log, lines, chunk } = shown();
    const [first, second] = [Buffer.from('ö').subarray(0, 1), Buffer.from('ö').subarray(1)];
    chunk([{ t: 0, b: first.toString('base64'), c: 1 }]);
    chunk([{ t: 0, b: second.toString('base64'), c: 1 }]);
    expect(lines).toHaveLength(1);
    log.end(STEP);
    expect(lines.slice(1)).toEqual(['lint           | ö\n']);
    log.end(STEP);
    expect(lines).toHaveLength(2);
  });

  it('shows a line that does not end in pieces, and a progress bar state by state', () => {
    const { lines, chunk } = shown();
    chunk([{ t: 0, x: 'x'.repeat(70_000), c: 1 }]);
    chunk([{ t: 0, x: '1 %\r2 %\r' }]);
    expect(lines.slice(1).map((line) => line.slice(17, 22))).toEqual(['xxxxx', '1 %\n', '2 %\n']);
  });

  it('has colours only where they are wanted', () => {
    const { lines, chunk } = shown(true);
    chunk([{ t: 0, x: 'one' }]);
    expect(lines[1]).toBe('\u001b[36mlint           |\u001b[0m one\n');
  });
});
