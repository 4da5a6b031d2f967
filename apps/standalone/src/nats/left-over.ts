import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const TERM_MS = 10_000;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const commandLine = async (pid: number): Promise<string> => {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
  } catch {
    const ps = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    return ps.stdout;
  }
};

const gone = async (pid: number, withinMs: number): Promise<boolean> => {
  for (const end = Date.now() + withinMs; isAlive(pid); await pause(20)) if (Date.now() > end) return false;
  return true;
};

/**
 * Ends the server that an earlier run left behind, if there is one. A process id alone proves nothing, it may belong to
 * somebody else by now: the process must have been started with our configuration file, which names this data directory.
 */
export const endLeftOver = async (pidFile: string, configFile: string): Promise<void> => {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  if (Number.isSafeInteger(pid) && pid > 1 && isAlive(pid) && (await commandLine(pid)).includes(configFile)) {
    process.kill(pid, 'SIGTERM');
    if (!(await gone(pid, TERM_MS))) {
      process.kill(pid, 'SIGKILL');
      await gone(pid, TERM_MS);
    }
  }
  await rm(pidFile, { force: true });
};
