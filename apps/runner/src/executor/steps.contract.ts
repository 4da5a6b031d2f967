import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { scriptOf, type Deeds } from '../../testing/scripted/index.js';
import type { Sandbox, StepCommand, StepProcess } from './executor.js';

type Finished = Readonly<{ output: string; bytes: Buffer; code: number | null }>;

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
export const newSlot = (): string => `t${randomBytes(6).toString('hex')}`;
export const step = (
  script: string,
  number = 1,
  environment: Record<string, string> = {},
  more: Partial<StepCommand> = {},
): StepCommand => ({ number, script, environment, ...more });
/** A step for every executor: a shell does these things, or a scripted place. */
export const does = (
  deeds: Deeds,
  number = 1,
  environment: Record<string, string> = {},
  more: Partial<StepCommand> = {},
): StepCommand => step(scriptOf(deeds), number, environment, more);
export const bytesOf = (running: StepProcess): Promise<Buffer> => buffer(running.output);
export const finish = async (sandbox: Sandbox, command: StepCommand): Promise<Finished> => {
  const running = sandbox.run(command);
  const [bytes, { code }] = await Promise.all([bytesOf(running), running.exit]);
  return { output: bytes.toString('utf8'), bytes, code };
};
/** Reads until a text has come, and gives the rest on. */
export const readUntil = async (bytes: AsyncIterator<Buffer>, text: string): Promise<string> => {
  let read = '';
  while (!read.includes(text)) {
    const next = await bytes.next();
    if (next.done) break;
    read += next.value.toString('latin1');
  }
  return read;
};
export const archive = (files: Record<string, Buffer | string>): Readable => {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) tar.entry({ name, uid: 4711, gid: 4711 }, content);
  tar.finalize();
  return Readable.from(tar);
};
/** An archive that begins well and then fails. */
export const brokenArchive = (error: Error): Readable =>
  Readable.from(
    (async function* () {
      yield (await buffer(archive({ begun: randomBytes(1000) }))).subarray(0, 1024);
      throw error;
    })(),
    { objectMode: false },
  );
/** Counts processes by their command line, without finding itself. */
export const countProcesses = (seconds: number): string =>
  `n=0; for p in /proc/[0-9]*/cmdline; do if { tr '\\0' ' ' <$p | grep -q '[s]leep ${seconds}'; } 2>/dev/null; then n=$((n+1)); fi; done; echo $n`;
