import { UnusableStep } from '#errors';
import { quoted } from '../host-shell/index.js';
import { SHORTAGES, type Shortage, type StepCommand } from './executor.js';

/** A whole frame is one line; longer than this is refused, the shell reads it byte by byte. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;
/** No mark is longer: what begins like one and goes on is output. */
const MAX_MARK_BYTES = 128;
const RECORD_SEPARATOR = 0x1e;
const NEWLINE = 0x0a;
/** The first mark comes before any step could print something, and before any nonce. */
const READY_PREFIX = Buffer.from('\x1ecairn:ready:');

/** What the shell's output stream consists of. `output` is bytes of the step that was accepted last. */
export type ShellPiece =
  | Readonly<{ kind: 'ready'; pid: number; unpacks: boolean }>
  | Readonly<{ kind: 'output'; bytes: Buffer }>
  | Readonly<{ kind: 'accepted'; number: number }>
  | Readonly<{ kind: 'known'; number: number }>
  | Readonly<{ kind: 'refused' }>
  | Readonly<{ kind: 'more' }>
  | Readonly<{ kind: 'unpacked'; code: number }>
  | Readonly<{ kind: 'ended'; number: number; code: number; wrote: boolean; shortage?: Shortage }>;

/** For `printf '%b'`: bytes that would end a line, a field or an escape become `\0ooo`. The result is plain ASCII. */
const encodeText = (text: string): string => {
  let encoded = '';
  for (const byte of Buffer.from(text)) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c && byte !== 0x7c;
    encoded += plain ? String.fromCharCode(byte) : `\\0${byte.toString(8).padStart(3, '0')}`;
  }
  return encoded;
};

/** A command that sets these variables. */
export const exportsOf = (environment: Readonly<Record<string, string>>): string => {
  const assignments = Object.entries(environment).map(([name, value]) => `${name}=${quoted(value)}`);
  return assignments.length === 0 ? ':' : `export ${assignments.join(' ')}`;
};

/** `identity`: what makes the step another user's, see `step-user.ts`. */
export type ShellCommand = StepCommand & Readonly<{ identity?: string }>;

/** What the shell does before it hands over to the step: in the step's own process, so nothing of it is left behind. */
const preludeOf = ({ environment, directory, shell, identity }: ShellCommand): string =>
  [
    ...(shell ? [`set -- \${c_session:+"$c_session"} ${shell.map(quoted).join(' ')}`] : []),
    ...(identity === undefined ? [] : [identity.trim()]),
    exportsOf(environment),
    ...(directory === undefined ? [] : [`cd -- ${quoted(directory)} || exit 1`]),
  ].join('\n');

/** @throws UnusableStep when a shell cannot be given this script or environment. */
export const assertUsable = ({ number, script, environment, directory = '', shell = [] }: StepCommand): void => {
  if (script.includes('\0')) throw new UnusableStep(number, 'its commands contain a NUL byte');
  if (directory.includes('\0')) throw new UnusableStep(number, 'its directory contains a NUL byte');
  if (shell.some((word) => word.includes('\0'))) throw new UnusableStep(number, 'its shell contains a NUL byte');
  for (const [name, value] of Object.entries(environment)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new UnusableStep(number, `${JSON.stringify(name)} cannot be the name of an environment variable`);
    if (value.includes('\0')) throw new UnusableStep(number, `the environment variable ${name} contains a NUL byte`);
  }
};

/**
 * The line that hands a step to the waiting shell. It begins with a newline, which ends whatever a sender that died has
 * left in the pipe. Sending it again is harmless: the shell refuses numbers that it has taken.
 * @throws UnusableStep
 */
export const encodeFrame = (nonce: string, command: ShellCommand): Buffer => {
  assertUsable(command);
  const prelude = encodeText(preludeOf(command));
  const script = encodeText(command.script);
  const length = prelude.length + script.length;
  if (length > MAX_FRAME_BYTES)
    throw new UnusableStep(command.number, `its commands and environment exceed ${MAX_FRAME_BYTES} bytes (encoded)`);
  return Buffer.from(`\ncairn|${nonce}|${command.number}|${length}|${prelude}|${script}|${nonce}\n`);
};

/**
 * Takes the shell's output apart, byte-exact, wherever the reads cut it. Marks carry the sandbox's nonce, so nothing that
 * a step prints is taken for one. Holds back at most one mark's length.
 */
export class ShellParser {
  private readonly prefix: Buffer;
  private held: Buffer = Buffer.alloc(0);
  private ready = false;

  constructor(nonce: string) {
    this.prefix = Buffer.from(`\x1ecairn:${nonce}:`);
  }

  push(chunk: Buffer): ShellPiece[] {
    const bytes = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    const pieces: ShellPiece[] = [];
    let from = 0;
    let search = 0;
    const flush = (to: number): void => {
      if (to > from) pieces.push({ kind: 'output', bytes: bytes.subarray(from, to) });
      from = to;
    };
    for (;;) {
      const at = bytes.indexOf(RECORD_SEPARATOR, search);
      if (at < 0) {
        flush(bytes.length);
        break;
      }
      const end = this.endOfMark(bytes, at);
      if (end === 'output') {
        search = at + 1;
        continue;
      }
      if (end === 'incomplete') {
        flush(at);
        break;
      }
      const mark = this.read(bytes.subarray(at, end));
      search = mark ? end : at + 1;
      if (!mark) continue;
      flush(at);
      pieces.push(mark);
      from = end;
    }
    // A copy: the held bytes must not keep a whole read alive.
    this.held = Buffer.from(bytes.subarray(from));
    return pieces;
  }

  /** What is held back when the stream has ended is output after all. */
  end(): Buffer {
    const rest = this.held;
    this.held = Buffer.alloc(0);
    return rest;
  }

  private endOfMark(bytes: Buffer, at: number): number | 'output' | 'incomplete' {
    const prefix = this.ready ? this.prefix : READY_PREFIX;
    const length = Math.min(prefix.length, bytes.length - at);
    if (bytes.compare(prefix, 0, length, at, at + length) !== 0) return 'output';
    const newline = bytes.indexOf(NEWLINE, at);
    if (newline >= 0 && newline - at < MAX_MARK_BYTES) return newline + 1;
    return newline < 0 && bytes.length - at < MAX_MARK_BYTES ? 'incomplete' : 'output';
  }

  private read(mark: Buffer): ShellPiece | undefined {
    if (!this.ready) {
      const said = mark.toString('latin1', READY_PREFIX.length, mark.length - 1);
      const [, pid, more] = /^(\d+)(:unpacks)?$/.exec(said) ?? [];
      if (pid === undefined) return undefined;
      this.ready = true;
      return { kind: 'ready', pid: Number(pid), unpacks: more !== undefined };
    }
    const [kind, number, code, ...rest] = mark.toString('latin1', this.prefix.length, mark.length - 1).split(':');
    if (kind === 'refused' || kind === 'more') return { kind };
    if (kind === 'unpacked') return { kind, code: Number(number) };
    if (kind === 'accepted' || kind === 'known') return { kind, number: Number(number) };
    if (kind === 'ended') {
      const shortage = SHORTAGES.find((name) => rest.includes(name));
      const more = { wrote: rest.includes('wrote'), ...(shortage ? { shortage } : {}) };
      return { kind, number: Number(number), code: Number(code), ...more };
    }
    return undefined;
  }
}
