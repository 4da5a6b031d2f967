import { NoticeBoard } from './notice-board.js';
import type { Notice } from './notice.js';

const notice = (seq: number): Notice => ({ kind: 'repo', data: { id: 'gh-1', seq } });
const seqs = (notices: readonly Notice[] | undefined): number[] | undefined => notices?.map(({ data }) => data.seq);

describe('notice board', () => {
  it('gives what came after a sequence, and nothing of what it does not know whole', () => {
    const board = new NoticeBoard(3);
    board.startAt(10);
    expect([board.after(9), board.after(10), board.after(11)]).toEqual([undefined, [], undefined]);
    board.post([notice(11), notice(13)], 14);
    expect([seqs(board.after(10)), seqs(board.after(12)), seqs(board.after(14))]).toEqual([[11, 13], [13], []]);
    board.post([notice(15), notice(16)], 16);
    expect([seqs(board.after(10)), seqs(board.after(11)), seqs(board.after(16))]).toEqual([
      undefined,
      [13, 15, 16],
      [],
    ]);
    board.startAt(0);
    expect([board.after(0), board.after(16)]).toEqual([[], undefined]);
  });

  it('wakes who waits for a build, and nobody else', async () => {
    const board = new NoticeBoard();
    const woken: string[] = [];
    void board.buildChanged('a').then(() => woken.push('a'));
    void board.buildChanged('b').then(() => woken.push('b'));
    const data = { id: 'a', number: 1, repo: 'x/y', status: 'passed', seq: 1 } as const;
    board.post([{ kind: 'build', data }], 1);
    await new Promise(setImmediate);
    expect(woken).toEqual(['a']);
  });
});
