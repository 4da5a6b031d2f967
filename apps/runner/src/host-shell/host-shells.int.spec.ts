import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '#testing';
import { HostShells, quoted } from './index.js';

let root: string;
let shells: HostShells;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cairn-shells-'));
  shells = new HostShells(join(root, 'shells'));
});
afterEach(async () => {
  shells.close();
  await rm(root, { recursive: true, force: true });
});

const outputOf = async (commands: string): Promise<string> => {
  const shell = await shells.take();
  await shell.run(`exec >${quoted(join(root, 'output'))}\n${commands}\n`);
  shells.giveBack(shell);
  return readFileSync(join(root, 'output'), 'utf8').trim();
};

describe('a host shell', () => {
  it('says with which code its commands ended', async () => {
    const shell = await shells.take();
    expect([await shell.run('exit 0'), await shell.run('exit 7'), await shell.run('/bin/kill -TERM $$')]).toEqual([
      0, 7, 0,
    ]);
    shells.giveBack(shell);
  });

  it('serves again, and nothing of what ran before is left in it', async () => {
    const first = await shells.take();
    await first.run('cd /tmp; A=1; export A; umask 777; trap "" USR1; set -f; exit 3');
    shells.giveBack(first);
    const again = await shells.take();
    expect(again.pid).toBe(first.pid);
    shells.giveBack(again);
    const umask = process.umask().toString(8).padStart(4, '0');
    expect(await outputOf('pwd; umask; echo "${A-unset}"; env | grep -v ^PWD= | grep -v ^_=')).toBe(
      `/\n${umask}\nunset`,
    );
  });

  it('keeps no commands: secrets may stand in them', async () => {
    const shell = await shells.take();
    await shell.run(`export A=${quoted("it's secret")}`);
    expect(readdirSync(shell.directory)).toEqual([]);
    shells.giveBack(shell);
  });

  it('takes any text for what it is', async () => {
    const text = 'a\'b"c$(d)`e`\\f\n\tü';
    expect(await outputOf(`printf %s ${quoted(text)}`)).toBe(text);
  });

  it('says what ended it, and is not lent again', async () => {
    const shell = await shells.take();
    expect(await shell.run(`kill -KILL ${shell.pid}`)).toBe('SIGKILL');
    shells.giveBack(shell);
    const next = await shells.take();
    expect(next.pid).not.toBe(shell.pid);
    expect(existsSync(shell.directory)).toBe(false);
    shells.giveBack(next);
  });

  it('ends with what it runs', async () => {
    const shell = await shells.take();
    const end = shell.run('sleep 1000');
    shell.end();
    expect(await end).toBe('SIGKILL');
  });

  it('begins with nothing that an earlier process left', async () => {
    mkdirSync(join(root, 'shells/old'), { recursive: true });
    shells.giveBack(await shells.take());
    expect(readdirSync(join(root, 'shells'))).not.toContain('old');
  });

  it('is ended when the lender is closed, also when it comes back late', async () => {
    const [waiting, lent] = [await shells.take(), await shells.take()];
    shells.giveBack(waiting);
    shells.close();
    shells.giveBack(lent);
    await eventually(
      () => [waiting.isAlive, lent.isAlive],
      (alive) => !alive.includes(true),
    );
  });
});
