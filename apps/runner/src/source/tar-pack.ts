import { createReadStream, type Stats } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';

const BLOCK = 512;
const NAME_LENGTH = 100;
/** Files up to this size are read at once: opening a stream for each costs more than the reading. */
const SMALL_FILE = 128 * 1024;
/** How many entries are read at once. */
const READ_AHEAD = 8;

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

const readFileEntry = async (path: Buffer, name: Buffer, { size, mode }: Stats, mtime: number): Promise<Read> => {
  const header = opening({ name, type: '0', mode: mode & 0o100 ? 0o755 : 0o644, size, mtime });
  if (size <= SMALL_FILE) return { bytes: Buffer.concat([header, await readFile(path), padding(size)]) };
  return { bytes: header, then: largeFile(path, size) };
};

async function* largeFile(path: Buffer, size: number): AsyncGenerator<Buffer> {
  yield* createReadStream(path);
  yield padding(size);
}

const readEntry = async (root: Buffer, name: Buffer): Promise<Read> => {
  const path = Buffer.concat([root, name]);
  const stats = await lstat(path);
  const mtime = Math.floor(stats.mtimeMs / 1000);
  if (stats.isSymbolicLink()) {
    const link = await readlink(path, { encoding: 'buffer' });
    return { bytes: opening({ name, type: '2', mode: 0o777, size: 0, mtime, link }) };
  }
  if (!stats.isDirectory()) return readFileEntry(path, name, stats, mtime);
  const directory = Buffer.concat([name, Buffer.from('/')]);
  const bytes = opening({ name: directory, type: '5', mode: 0o755, size: 0, mtime });
  return { bytes, then: packDirectory(root, directory) };
};

async function* packDirectory(root: Buffer, within: Buffer): AsyncGenerator<Buffer> {
  const names = await readdir(Buffer.concat([root, within]), { encoding: 'buffer' });
  const waiting: Promise<Read>[] = [];
  for (let next = 0; next < names.length || waiting.length > 0;) {
    for (; next < names.length && waiting.length < READ_AHEAD; next++) {
      const entry = readEntry(root, Buffer.concat([within, names[next]!]));
      // Whoever stops reading the archive never comes to this entry, nor to its error.
      entry.catch(() => undefined);
      waiting.push(entry);
    }
    const { bytes, then } = (await waiting.shift())!;
    yield bytes;
    if (then) yield* then;
  }
}

/**
 * A directory that nobody writes to, as a tar archive, owned by root, with only the permissions that git keeps. Names
 * are bytes throughout, since git's are; they come from walking, symbolic links are not followed, so all lie within.
 */
export async function* packTree(directory: string): AsyncGenerator<Buffer> {
  yield* packDirectory(Buffer.from(`${directory}/`), Buffer.alloc(0));
  yield Buffer.alloc(2 * BLOCK);
}
