// To be loaded when the first job comes: the library takes 5 MB.
import type { Readable } from 'node:stream';
import { extract, pack, type Header, type Pack } from 'tar-stream';
import type { Owner } from './image-owner.js';

/** The same archive with all entries belonging to `owner`, whoever they belonged to where it was made. Streams. */
export const ownedTar = (tar: Readable, { uid, gid }: Owner): Pack => {
  const owned = pack();
  const entries = extract();
  entries.on('entry', (header, content, next) => {
    const { name, type, mode, mtime, linkname, size, devmajor, devminor } = header;
    const changed: Partial<Header> & { name: string } = {
      name,
      type,
      mode,
      mtime,
      linkname,
      size,
      devmajor,
      devminor,
      uid,
      gid,
    };
    const entry = owned.entry(changed, next);
    content.on('error', (error: Error) => owned.destroy(error));
    // It fails with the archive that it is in, which says so.
    entry.on('error', () => undefined);
    content.pipe(entry);
  });
  entries.on('finish', () => owned.finalize());
  entries.on('error', (error: Error) => owned.destroy(error));
  tar.on('error', (error) => owned.destroy(error));
  owned.on('close', () => tar.destroy());
  tar.pipe(entries);
  return owned;
};

/** An archive of empty directories of one owner, as one buffer's worth of stream. */
export const directoriesTar = (directories: readonly string[], { uid, gid }: Owner): Pack => {
  const owned = pack();
  for (const name of directories) owned.entry({ name, type: 'directory', mode: 0o755, uid, gid });
  owned.finalize();
  return owned;
};
