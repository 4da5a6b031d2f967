import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';
import { END_OF_ARCHIVE, withoutLinks } from './tar-links.js';

const LONG = 'long '.repeat(60);

const archive = async (): Promise<Buffer> => {
  const tar = pack();
  tar.entry({ name: 'first' }, 'x'.repeat(700));
  tar.entry({ name: 'link', type: 'symlink', linkname: 'first' });
  tar.entry({ name: LONG }, 'long');
  tar.entry({ name: `${LONG}link`, type: 'symlink', linkname: LONG });
  tar.entry({ name: 'folder/', type: 'directory' });
  tar.entry({ name: 'empty' }, '');
  tar.entry({ name: 'hard', type: 'link', linkname: 'first' });
  tar.entry({ name: 'last', type: 'symlink', linkname: '/etc/passwd' });
  tar.finalize();
  return buffer(tar as unknown as Readable);
};

const entriesOf = async (tar: Buffer): Promise<string[]> => {
  const entries = extract();
  Readable.from([tar]).pipe(entries);
  const found: string[] = [];
  for await (const entry of entries) {
    const content = await buffer(entry as unknown as Readable);
    found.push([entry.header.type, entry.header.name, entry.header.linkname ?? '', content.length].join(' '));
  }
  return found;
};

describe('an archive without its symbolic links', () => {
  it.each([1, 100, 511, 512, 513, 4096, 1_000_000])('is whole, and so are they, read by %d bytes', async (size) => {
    const tar = await archive();
    const chunks = Array.from({ length: Math.ceil(tar.length / size) }, (_, n) =>
      tar.subarray(n * size, (n + 1) * size),
    );
    const links: Buffer[] = [];
    const passed = await buffer(Readable.from(withoutLinks(Readable.from(chunks), links), { objectMode: false }));
    expect(await entriesOf(passed)).toEqual([
      'file first  700',
      `file ${LONG}  4`,
      'directory folder/  0',
      'file empty  0',
      'link hard first 0',
    ]);
    expect(await entriesOf(Buffer.concat([...links, END_OF_ARCHIVE]))).toEqual([
      'symlink link first 0',
      `symlink ${LONG}link ${LONG} 0`,
      'symlink last /etc/passwd 0',
    ]);
  });
});
