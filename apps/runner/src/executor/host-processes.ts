import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** A process as the kernel knows it: the number may be used again, number and start together may not. */
export type ProcessIdentity = Readonly<{ pid: number; start: string }>;

/** Processes of one place: those that carry its nonce in their environment, and those in its leader's session. */
export type ProcessMark = Readonly<{ nonce: string; leader?: ProcessIdentity }>;

/** The environment variable by which processes that have left their session are found. */
export const NONCE_VARIABLE = 'CAIRN_SLOT_NONCE';

const MAX_ROUNDS = 100;
const ROUND_PAUSE_MS = 2;
const AT_ONCE = 32;

type Stat = Readonly<{ state: string; session: number; start: string }>;

/** Fields of `/proc/<pid>/stat` after the name, which may contain anything: state, parent, group, session, … start. */
const parseStat = (stat: string): Stat => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', session: Number(fields[3]), start: fields[19] ?? '' };
};

/** Elsewhere than on Linux only the group of a leader can be reached, and only by the process that has started it. */
export const PROCESSES_VISIBLE = existsSync('/proc/self/stat');

export const identityOf = (pid: number): ProcessIdentity | undefined => {
  if (!PROCESSES_VISIBLE) return { pid, start: '' };
  try {
    return { pid, start: parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1')).start };
  } catch {
    return undefined;
  }
};

const belongs = async (pid: number, { nonce }: ProcessMark, session: number | undefined): Promise<boolean> => {
  try {
    const stat = parseStat(await readFile(`/proc/${pid}/stat`, 'latin1'));
    if (stat.state === 'Z' || stat.state === 'X') return false;
    if (session !== undefined && stat.session === session) return true;
    const environment = await readFile(`/proc/${pid}/environ`);
    return environment.includes(`${NONCE_VARIABLE}=${nonce}\0`);
  } catch {
    return false; // it has ended meanwhile, or belongs to somebody else
  }
};

/** A negative number is a group. */
const find = async (mark: ProcessMark): Promise<number[]> => {
  if (!PROCESSES_VISIBLE) return mark.leader && isThere(-mark.leader.pid) ? [-mark.leader.pid] : [];
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  // The session is only ours while its leader is the one we started.
  const { leader } = mark;
  const session = leader && identityOf(leader.pid)?.start === leader.start ? leader.pid : undefined;
  const found: number[] = [];
  for (let at = 0; at < pids.length; at += AT_ONCE) {
    const some = pids.slice(at, at + AT_ONCE).filter((pid) => pid !== process.pid);
    const ours = await Promise.all(some.map((pid) => belongs(pid, mark, session)));
    found.push(...some.filter((_, index) => ours[index]));
  }
  return found;
};

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const send = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended, or is not ours to signal.
  }
};

/** To all but the leader, which waits for the others. */
export const signalProcesses = async (mark: ProcessMark, signal: NodeJS.Signals): Promise<void> => {
  for (const pid of await find(mark)) if (pid !== mark.leader?.pid) send(pid, signal);
};

/** Ends all processes of a place but its leader; they may be starting new ones meanwhile, so it looks until there are none. */
export const killFollowers = async (mark: ProcessMark): Promise<void> => {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = (await find(mark)).filter((pid) => pid !== mark.leader?.pid);
    if (found.length === 0) return;
    for (const pid of found) send(pid, 'SIGKILL');
    await pause(ROUND_PAUSE_MS);
  }
};

/** The leader goes last, and is halted meanwhile: without it nobody could tell whose session it was. */
export const killProcesses = async (mark: ProcessMark): Promise<void> => {
  const leader = (await find(mark)).find((pid) => Math.abs(pid) === mark.leader?.pid);
  if (leader !== undefined) send(leader, 'SIGSTOP');
  await killFollowers(mark);
  if (leader !== undefined) send(leader, 'SIGKILL');
};
