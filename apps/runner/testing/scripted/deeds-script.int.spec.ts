import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deedsIn, scriptOf, type Deeds } from './index.js';

describe('deeds as a script', () => {
  const root = mkdtempSync(join(tmpdir(), 'cairn-deeds-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  let count = 0;

  /** What a shell makes of it, in a directory of its own with a HOME beside it. */
  const run = (deeds: Deeds) => {
    const place = join(root, String((count += 1)));
    for (const folder of ['work', 'home']) mkdirSync(join(place, folder), { recursive: true });
    const options: ExecFileSyncOptions = {
      cwd: join(place, 'work'),
      env: {
        PATH: '/usr/bin:/bin',
        ...{ HOME: join(place, 'home'), CAIRN_ENV: join(place, 'env'), CAIRN_OUTPUT: join(place, 'output'), A: '$x' },
      },
      stdio: 'pipe',
    };
    const read = (name: string): string => readFileSync(join(place, name), 'utf8');
    try {
      return { code: 0, output: String(execFileSync('sh', ['-e', '-c', scriptOf(deeds)], options)), read };
    } catch (error) {
      const { status, signal, stdout } = error as { status: number | null; signal: string | null; stdout: Buffer };
      return { code: status ?? signal, output: String(stdout), read };
    }
  };

  it('prints, and ends as it is told', () => {
    const deeds: Deeds = {
      say: ["it's", '$HOME "x"'],
      print: ['a', 'b'],
      tell: ['A', 'NONE'],
      exit: 3,
      then: { say: 'no' },
    };
    expect(run(deeds)).toMatchObject({ code: 3, output: `it's\n$HOME "x"\nabA=$x\nNONE=\n` });
    expect(run({ say: 'up', kill: 'KILL' })).toMatchObject({ code: 'SIGKILL', output: 'up\n' });
    expect(run({})).toMatchObject({ code: 0, output: '' });
  });

  it('writes below the workspace and HOME, and shows what is there', () => {
    const deeds: Deeds = {
      write: { 'a/b': "it's\n", '~/c/d': 'd' },
      folder: 'e/f',
      link: { 'e/g': '../a/b' },
      hardlink: { h: 'a/b' },
      executable: 'h',
      show: ['e/g', '~/c/d', 'h'],
    };
    expect(run(deeds)).toMatchObject({ code: 0, output: "it's\ndit's\n" });
    expect(run({ show: 'none', say: 'no' })).toMatchObject({ code: 1, output: '' });
  });

  it('hands on', () => {
    const { read } = run({ env: ['A=1', 'B= '], output: 'C=2' });
    expect([read('env'), read('output')]).toEqual(['A=1\nB= \n', 'C=2\n']);
  });

  it('is the same for a scripted place, which reads it as data', () => {
    const deeds: Deeds = { trap: { say: 'bye', exit: 7 }, say: ['# deeds: {}', 'ü\n'], hang: true };
    expect(deedsIn(scriptOf(deeds))).toEqual(deeds);
    expect(deedsIn('echo hello')).toBeUndefined();
  });
});
