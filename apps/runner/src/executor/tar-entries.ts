import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Header, Pack } from 'tar-stream';
import type { TreeEntry } from './executor.js';
import type { Owner } from './image-owner.js';

const KINDS: Readonly<Record<string, TreeEntry['kind']>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
  symlink: 'link',
  link: 'hardlink',
};
const TYPES = { file: 'file', folder: 'directory', link: 'symlink', hardlink: 'link' } as const;

/** `below`: the folder that the names in the archive are below. */
const pathOf = (name: string, below: string): string => {
  const bare = name.replace(/^\.\//, '').replace(/\/+$/, '');
  return below === '' ? bare : `${below}/${bare}`;
};

/** What an archive has in it; it is destroyed when the reader has had enough. */
export async function* unpacked(tar: Readable, below = ''): AsyncGenerator<TreeEntry> {
  const { extract } = await import('tar-stream');
  const entries = extract();
  let broken: Error | undefined;
  tar.on('error', (error) => {
    broken = error;
    entries.destroy(error);
  });
  tar.pipe(entries);
  // An entry that was broken off before anybody listened would say nothing for ever.
  const contentOf = async function* (entry: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    if (broken) throw broken;
    yield* entry;
  };
  try {
    for await (const entry of entries) {
      const { name, type, size = 0, mode = 0, mtime, linkname } = entry.header;
      const kind = KINDS[type ?? 'file'] ?? 'other';
      const target = linkname == null ? {} : { target: kind === 'hardlink' ? pathOf(linkname, below) : linkname };
      yield {
        ...{ path: pathOf(name, below), kind, size, mode, ...target },
        ...(mtime ? { changed: mtime } : {}),
        ...(kind === 'file' ? { content: contentOf(entry as unknown as AsyncIterable<Uint8Array>) } : {}),
      };
      entry.resume();
    }
  } finally {
    tar.destroy();
  }
}

/** An archive of the entries, all belonging to one owner. Fails with what they fail with. */
export const packed = async (entries: AsyncIterable<TreeEntry>, owner?: Owner): Promise<Readable> => {
  const { pack } = await import('tar-stream');
  const archive = pack();
  void write(entries, archive, owner).then(
    () => archive.finalize(),
    (error: Error) => archive.destroy(error),
  );
  return archive as unknown as Readable;
};

const write = async (entries: AsyncIterable<TreeEntry>, archive: Pack, owner?: Owner): Promise<void> => {
  for await (const { path, kind, size, mode, changed, target, content } of entries) {
    if (kind === 'other') continue;
    const header: Partial<Header> & { name: string } = {
      ...{ name: path, type: TYPES[kind], mode: mode & 0o7777, ...owner },
      ...(changed ? { mtime: changed } : {}),
      ...(target === undefined ? {} : { linkname: target }),
      ...(kind === 'file' ? { size } : {}),
    };
    if (kind === 'file' && content && size > 0) await pipeline(content, archive.entry(header));
    else await new Promise<void>((resolve, reject) => archive.entry(header, '', (e) => (e ? reject(e) : resolve())));
  }
};
