import { spawn } from 'node:child_process';

/** Commands that are at work now, to be ended when we are. */
const atWork = new Set();
let ending = false;

const endGroup = (child, signal) => {
  try {
    process.kill(-child.pid, signal); // the command and all that it started
  } catch {
    // it has ended by itself
  }
};

/** Ends every command that is still at work, with all that it started; from then on none is started. */
export const endCommands = (signal = 'SIGTERM') => {
  ending = true;
  for (const child of atWork) endGroup(child, signal);
};

/**
 * Runs a command in a process group of its own, without standard input.
 * `shown`: its output goes where ours goes; else it is kept, the last 64 KiB. After `limitMs`, or by `signal`, it is ended.
 * Answers `{ code, output }`; code is 127 when there is no such command, 124 after the limit.
 */
export const run = (command, args, { cwd, env, shown = false, limitMs = 15 * 60_000, signal } = {}) =>
  new Promise((resolve) => {
    if (ending) return;
    const stdio = shown ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'];
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio, detached: true });
    let output = '';
    const keep = (chunk) => (output = (output + chunk).slice(-65_536));
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
    atWork.add(child);
    signal?.addEventListener('abort', () => endGroup(child, 'SIGKILL'), { once: true });
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      endGroup(child, 'SIGKILL');
    }, limitMs);
    const done = (code) => {
      clearTimeout(limit);
      atWork.delete(child);
      if (!ending) resolve({ code: late ? 124 : code, output });
    };
    child.on('error', (error) => {
      keep(error.message);
      done(127);
    });
    child.on('close', (code) => done(code ?? 1));
  });

/** Hosts are left out: an address may be a private one, and may hold a password. */
export const withoutHosts = (text) => text.replace(/\b([a-z+]+:\/\/)[^\s/]+/gi, '$1…');
