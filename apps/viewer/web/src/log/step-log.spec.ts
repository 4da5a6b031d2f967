import { PLAIN } from '#log-lines';
import { type LogRow, isGap, type Piece, StepLog } from './step-log.js';

const line = (n: number, x: string): Piece => ({ n, t: n, x });
const part = (n: number, x: string): Piece => ({ n, t: n, x, c: 1 });
const shown = (rows: readonly LogRow[]): string[] =>
  rows.map((row) => (isGap(row) ? `gap ${row.n}+${row.missing}` : `${row.n}:${row.text}`));
const given = (...pieces: Piece[]): StepLog => {
  const log = new StepLog(PLAIN);
  log.add(pieces);
  return log;
};

describe('step log', () => {
  it('joins the pieces of a long line', () => {
    const log = given(line(1, 'a'), part(2, 'b'));
    expect([shown(log.rows), log.open]).toEqual([['1:a', '2:b'], true]);
    log.add([part(2, 'c'), line(2, 'd'), line(3, 'e')]);
    expect([shown(log.rows), log.open]).toEqual([['1:a', '2:bcd', '3:e'], false]);
  });

  it('ignores lines that it has, and takes an unfinished one anew after a rewind', () => {
    const log = given(line(1, 'a'), part(2, 'half of'));
    log.rewind();
    log.add([line(1, 'a'), part(2, 'half of'), line(2, ' a line'), line(3, 'c')]);
    expect(shown(log.rows)).toEqual(['1:a', '2:half of a line', '3:c']);
  });

  it('shows a gap where lines are missing, never silence', () => {
    const log = given(line(1, 'a'), line(5, 'e'), part(6, 'f'), line(9, 'i'));
    expect(shown(log.rows)).toEqual(['1:a', 'gap 2+3', '5:e', '6:f', 'gap 7+2', '9:i']);
    expect([log.missing, log.lines]).toEqual([5, 4]);
    expect([1, 2, 4, 5, 6, 8, 9, 10].map((n) => log.indexOf(n))).toEqual([0, 1, 1, 2, 3, 4, 5, undefined]);
  });

  it('carries colours from line to line, also over pieces', () => {
    const log = given(part(1, '\x1b[3'), line(1, '1mred'), line(2, 'still red'), line(3, '\x1b[0mplain'), line(4, 'x'));
    expect(log.rows.map((row) => (isGap(row) ? null : row.style))).toEqual([{}, { fg: 1 }, { fg: 1 }, {}]);
  });

  it('lets go of what a progress bar has overwritten', () => {
    const log = given(part(1, '\x1b[32m'));
    for (let percent = 0; percent < 5000; percent += 1) log.add([part(1, `\rstep ${percent} of 5000`)]);
    log.add([line(1, '\rdone')]);
    const [row] = log.rows;
    expect(row && !isGap(row) && row.text.length).toBeLessThan(20_000);
    expect(row && !isGap(row) && row.text.endsWith('\rstep 4999 of 5000\rdone')).toBe(true);
    expect(row && !isGap(row) && row.style).toEqual({ fg: 2 });
  });

  it('keeps the whole of a long line that is not rewritten', () => {
    const log = given(...Array.from({ length: 16 }, () => part(1, 'x'.repeat(65_536))), line(1, 'end'));
    const [row] = log.rows;
    expect(row && !isGap(row) && row.text.length).toBe(16 * 65_536 + 3);
  });
});
