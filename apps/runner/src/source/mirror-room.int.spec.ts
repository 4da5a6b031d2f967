import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyedMutex } from './keyed-mutex.js';
import { MirrorRoom } from './mirror-room.js';

describe('the room for mirrors', () => {
  let directory: string;
  const mutex = new KeyedMutex();
  const roomOf = (limit: number): MirrorRoom =>
    new MirrorRoom(directory, limit, (repoId, work) => mutex.run(repoId, work));
  /** `used`: so many days ago. */
  const mirror = async (repoId: string, bytes: number, used: number): Promise<void> => {
    const path = join(directory, `${repoId}.git`);
    await mkdir(join(path, 'objects/pack'), { recursive: true });
    await writeFile(join(path, 'objects/pack/p.pack'), Buffer.alloc(bytes));
    const at = Date.now() / 1000 - used * 86_400;
    await utimes(path, at, at);
  };
  const left = async (): Promise<string[]> => (await readdir(directory)).sort();

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-mirrors-'));
    for (const [repoId, used] of [
      ['gh-1', 9],
      ['gh-2', 5],
      ['gh-3', 7],
    ] as const)
      await mirror(repoId, 1_000, used);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('is made by those that served no job for longest, and by no more than must go', async () => {
    await mirror('gh-4', 1_000, 0);
    await roomOf(2_500).grown('gh-4');
    expect(await left()).toEqual(['gh-2.git', 'gh-4.git']);
  });

  it('is not made while there is enough', async () => {
    await roomOf(3_000).grown('gh-1');
    expect(await left()).toEqual(['gh-1.git', 'gh-2.git', 'gh-3.git']);
  });

  it('counts a use, whenever the mirror was made', async () => {
    const room = roomOf(2_500);
    await room.used('gh-1');
    await room.grown('gh-2');
    expect(await left()).toEqual(['gh-1.git', 'gh-2.git']);
  });

  it('is never made by the one that has grown, however large', async () => {
    await mirror('gh-4', 9_000, 99);
    const room = roomOf(2_500);
    await room.grown('gh-4');
    expect(await left()).toEqual(['gh-4.git']);
  });

  it('is made when nobody writes to a mirror', async () => {
    let go: () => void = () => undefined;
    const writing = mutex.run('gh-1', () => new Promise<void>((resolve) => (go = resolve)));
    const growing = roomOf(2_500).grown('gh-2');
    await mutex.run('gh-3', () => Promise.resolve());
    expect(await left()).toContain('gh-1.git');
    go();
    await Promise.all([writing, growing]);
    expect(await left()).toEqual(['gh-2.git', 'gh-3.git']);
  });
});
