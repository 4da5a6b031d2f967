import { createReadStream, lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';

const BLOCK = 512;
const NAME_LENGTH = 100;
/** Files up to this size are read at once: opening a stream for each costs more than the reading. */
const SMALL_FILE = 128 * 1024;
/**
 * Entries that are read before something else gets its turn, about a millisecond. Directly: git has just written them, and
 * three turns in the thread pool for each take longer than the reading.
 */
const AT_ONCE = 16;

type Entry = Readonly<{ name: Buffer; type: string; mode: number; size: number; mtime: number; link?: Buffer }>;

const octal = (value: number, length: number): string => value.toString(8).padStart(length, '0');

const headerOf = ({ name, type, mode, size, mtime, link }: Entry): Buffer => {
  const block = Buffer.alloc(BLOCK);
  name.copy(block, 0, 0, NAME_LENGTH);
  block.write(octal(mode, 7), 100, 'latin1');
  block.write(octal(0, 7), 108, 'latin1');
  block.write(octal(0, 7), 116, 'latin1');
  block.write(octal(size, 11), 124, 'latin1');
  block.write(octal(mtime, 11), 136, 'latin1');
  block.write(' '.repeat(8), 148, 'latin1');
  block.write(type, 156, 'latin1');
  link?.copy(block, 157, 0, NAME_LENGTH);
  block.write('ustar  \0', 257, 'latin1');
  block.write(
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
    148,
    'latin1',
  );
  return block;
};

const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

/** GNU's way for a name over 100 bytes: an entry before it that holds the name. Every unpacker knows it. */
const longName = (type: 'L' | 'K', text: Buffer): Buffer[] => {
  const size = text.length + 1;
  const name = Buffer.from('././@LongLink');
  return [headerOf({ name, type, mode: 0o644, size, mtime: 0 }), text, Buffer.alloc(1), padding(size)];
};

const opening = (entry: Entry): Buffer =>
  Buffer.concat([
    ...(entry.link && entry.link.length > NAME_LENGTH ? longName('K', entry.link) : []),
    ...(entry.name.length > NAME_LENGTH ? longName('L', entry.name) : []),
    headerOf(entry),
  ]);

/** An entry as far as it can be read beforehand; what is left of it follows. */
type Read = Readonly<{ bytes: Buffer; then?: AsyncIterable<Buffer> }>;

const fileEntry = (path: Buffer, name: Buffer, { size, mode }: Stats, mtime: number): Read => {
  const header = opening({ name, type: '0', mode: mode & 0o100 ? 0o755 : 0o644, size, mtime });
  if (size <= SMALL_FILE) return { bytes: Buffer.concat([header, readFileSync(path), padding(size)]) };
  return { bytes: header, then: largeFile(path, size) };
};

async function* largeFile(path: Buffer, size: number): AsyncGenerator<Buffer> {
  yield* createReadStream(path);
  yield padding(size);
}

class Walk {
  #read = 0;

  constructor(private readonly root: Buffer) {}

  async *directory(within: Buffer): AsyncGenerator<Buffer> {
    for (const name of readdirSync(Buffer.concat([this.root, within]), { encoding: 'buffer' })) {
      this.#read += 1;
      if (this.#read % AT_ONCE === 0) await turn();
      const { bytes, then } = this.entry(Buffer.concat([within, name]));
      yield bytes;
      if (then) yield* then;
    }
  }

  private entry(name: Buffer): Read {
    const path = Buffer.concat([this.root, name]);
    const stats = lstatSync(path);
    const mtime = Math.floor(stats.mtimeMs / 1000);
    if (stats.isSymbolicLink()) {
      const link = readlinkSync(path, { encoding: 'buffer' });
      return { bytes: opening({ name, type: '2', mode: 0o777, size: 0, mtime, link }) };
    }
    if (!stats.isDirectory()) return fileEntry(path, name, stats, mtime);
    const directory = Buffer.concat([name, Buffer.from('/')]);
    const bytes = opening({ name: directory, type: '5', mode: 0o755, size: 0, mtime });
    return { bytes, then: this.directory(directory) };
  }
}

/**
 * A directory that nobody writes to, as a tar archive, owned by root, with only the permissions that git keeps. Names
 * are bytes throughout, since git's are; they come from walking, symbolic links are not followed, so all lie within.
 */
export async function* packTree(directory: string): AsyncGenerator<Buffer> {
  yield* new Walk(Buffer.from(`${directory}/`)).directory(Buffer.alloc(0));
  yield Buffer.alloc(2 * BLOCK);
}
