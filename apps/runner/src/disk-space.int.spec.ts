import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskSpace, freePercent } from './disk-space.js';

describe('disk space', () => {
  const spaces = new Map([
    ['/data', 50],
    ['/engine', 9.99],
  ]);
  const disk = (minimum: number, ...paths: string[]) =>
    new DiskSpace(
      minimum,
      () => Promise.resolve(paths),
      (path) => Promise.resolve(spaces.get(path)),
    );

  it('is short when one of the disks has too little', async () => {
    expect(await disk(10, '/data', '/engine').shortage()).toBe(
      '9 % of the disk of /engine are free, jobs are taken from 10 % on',
    );
    expect(await disk(9, '/data', '/engine').shortage()).toBeUndefined();
    expect(await disk(10, '/data').shortage()).toBeUndefined();
  });
  it('is not short where it cannot be looked at: an engine elsewhere has other disks', async () =>
    expect(await disk(10, '/elsewhere').shortage()).toBeUndefined());

  it('is read from the system', async () => {
    const percent = await freePercent(tmpdir());
    expect(percent).toBeGreaterThan(0);
    expect(percent).toBeLessThanOrEqual(100);
    expect(await freePercent(join(tmpdir(), 'nothing', 'there'))).toBeUndefined();
  });
});
