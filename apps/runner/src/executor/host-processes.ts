import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';

/** A process as the kernel knows it: the number may be used again, number and start together may not. */
export type ProcessIdentity = Readonly<{ pid: number; start: string }>;

/**
 * Processes of one place: those that carry its nonce in their environment, and those in its leader's session, begun since
 * the place was made (ticks since the machine was started; 0: not known).
 */
export type ProcessMark = Readonly<{ nonce: string; since: number; leader?: ProcessIdentity }>;

/** The environment variable by which processes that have left their session are found. */
export const NONCE_VARIABLE = 'CAIRN_SLOT_NONCE';

const MAX_ROUNDS = 100;
const ROUND_PAUSE_MS = 2;
/** Processes that are looked at before something else gets its turn, about a millisecond. */
const AT_ONCE = 64;
/** `USER_HZ`: what `/proc` counts in, on every Linux. */
const TICKS_PER_SECOND = 100;

type Stat = Readonly<{ state: string; session: number; start: string }>;

/** Fields of `/proc/<pid>/stat` after the name, which may contain anything: state, parent, group, session, … start. */
const parseStat = (stat: string): Stat => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', session: Number(fields[3]), start: fields[19] ?? '' };
};

/** No `/proc/<pid>/stat` is longer: a name has 15 bytes, a number at most 20 digits. */
const STAT_BYTES = 2048;
const statBuffer = Buffer.allocUnsafe(STAT_BYTES);

/** With as few system calls as it takes: after every step this is read of each process there is. */
const readStat = (pid: number): Stat => {
  const file = openSync(`/proc/${pid}/stat`, 'r');
  try {
    return parseStat(statBuffer.toString('latin1', 0, readSync(file, statBuffer, 0, STAT_BYTES, 0)));
  } finally {
    closeSync(file);
  }
};

/** Elsewhere than on Linux only the group of a leader can be reached, and only by the process that has started it. */
export const PROCESSES_VISIBLE = existsSync('/proc/self/stat');

export const identityOf = (pid: number): ProcessIdentity | undefined => {
  if (!PROCESSES_VISIBLE) return { pid, start: '' };
  try {
    return { pid, start: readStat(pid).start };
  } catch {
    return undefined;
  }
};

/** A mark's `since` for a place that is made now. */
export const ticksNow = (): number => {
  if (!PROCESSES_VISIBLE) return 0;
  const seconds = Number(readFileSync('/proc/uptime', 'latin1').split(' ', 1)[0]);
  return Math.floor((seconds - 1) * TICKS_PER_SECOND);
};

/** Read without the thread pool, through which each of these small answers would take ten times as long. */
const belongs = (pid: number, { nonce, since }: ProcessMark, session: number | undefined): boolean => {
  try {
    const stat = readStat(pid);
    if (stat.state === 'Z' || stat.state === 'X' || Number(stat.start) < since) return false;
    if (session !== undefined && stat.session === session) return true;
    const environment = readFileSync(`/proc/${pid}/environ`);
    return environment.includes(`${NONCE_VARIABLE}=${nonce}\0`);
  } catch {
    return false; // it has ended meanwhile, or belongs to somebody else
  }
};

const isAlive = ({ pid, start }: ProcessIdentity): boolean => identityOf(pid)?.start === start;

/** All but the leader. A negative number is a group. */
const find = async (mark: ProcessMark): Promise<number[]> => {
  if (!PROCESSES_VISIBLE) return mark.leader && isThere(-mark.leader.pid) ? [-mark.leader.pid] : [];
  const { leader } = mark;
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  const others = pids.filter((pid) => pid !== process.pid && pid !== leader?.pid);
  // The session is only ours while its leader is the one we started.
  const session = leader && isAlive(leader) ? leader.pid : undefined;
  const found: number[] = [];
  for (let at = 0; at < others.length; at += AT_ONCE) {
    if (at > 0) await turn();
    found.push(...others.slice(at, at + AT_ONCE).filter((pid) => belongs(pid, mark, session)));
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
  for (const pid of await find(mark)) send(pid, signal);
};

/** Ends all processes of a place but its leader; they may be starting new ones meanwhile, so it looks until there are none. */
export const killFollowers = async (mark: ProcessMark): Promise<void> => {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await find(mark);
    if (found.length === 0) return;
    for (const pid of found) send(pid, 'SIGKILL');
    await pause(ROUND_PAUSE_MS);
  }
};

/** The leader goes last, and is halted meanwhile: without it nobody could tell whose session it was. */
export const killProcesses = async (mark: ProcessMark): Promise<void> => {
  const leader = PROCESSES_VISIBLE && mark.leader && isAlive(mark.leader) ? mark.leader.pid : undefined;
  if (leader !== undefined) send(leader, 'SIGSTOP');
  await killFollowers(mark);
  if (leader !== undefined) send(leader, 'SIGKILL');
};
