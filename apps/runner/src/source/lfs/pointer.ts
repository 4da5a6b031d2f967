/** What stands in a commit for a file that is kept elsewhere: its sha256 in hex, and its bytes. */
export type LfsObject = Readonly<{ oid: string; size: number }>;

/** A pointer is smaller than this. */
export const POINTER_LIMIT = 1024;

/** The present address of the format, and those of two versions before the first. */
const VERSIONS = ['https://git-lfs.github.com/spec/v1', 'https://hawser.github.com/spec/v1', 'http://git-media.io/v/2'];
const POINTER = /^version (\S+)\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d{1,15})$/;

/** Undefined for what is no pointer. `extended`: programs that only the repository's people have must undo something. */
export const parsePointer = (bytes: Buffer): (LfsObject & { extended: boolean }) | undefined => {
  if (bytes.length >= POINTER_LIMIT) return undefined;
  const text = bytes.toString('latin1').trimEnd();
  const [, version = '', oid = '', size = ''] = POINTER.exec(text) ?? [];
  return VERSIONS.includes(version) ? { oid, size: Number(size), extended: /^ext-/m.test(text) } : undefined;
};
