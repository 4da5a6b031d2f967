import { Refresher } from './refresher.js';

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
};

describe('refresher', () => {
  it('turns a burst into two runs, the second begun after the last request', async () => {
    let version = 0;
    const seen: number[] = [];
    const refresher = new Refresher(async () => {
      seen.push(version);
    }, 0);
    for (version = 1; version <= 50; version += 1) refresher.request();
    await settled();
    expect(seen).toEqual([1, 51]);
    refresher.request();
    await settled();
    expect(seen).toEqual([1, 51, 51]);
  });

  it('does not run again once it was stopped', async () => {
    let runs = 0;
    const refresher = new Refresher(async () => {
      runs += 1;
    }, 0);
    refresher.request();
    refresher.request();
    refresher.stop();
    await settled();
    expect(runs).toBe(1);
  });
});
