import { parsePointer } from './pointer.js';

const OID = 'ab'.repeat(32);
const pointer = (text: string): unknown => parsePointer(Buffer.from(text));

describe('a pointer of Git LFS', () => {
  it.each(['https://git-lfs.github.com/spec/v1', 'https://hawser.github.com/spec/v1', 'http://git-media.io/v/2'])(
    'is read in the version %s',
    (version) =>
      expect(pointer(`version ${version}\noid sha256:${OID}\nsize 12\n`)).toEqual({
        ...{ oid: OID, size: 12, extended: false },
      }),
  );

  it('says when extensions have a part in it', () =>
    expect(
      pointer(`version https://git-lfs.github.com/spec/v1\next-0-a sha256:${OID}\noid sha256:${OID}\nsize 1\n`),
    ).toMatchObject({ extended: true }));

  it.each([
    ['', 'nothing'],
    ['version https://git-lfs.github.com/spec/v2\noid sha256:' + OID + '\nsize 1\n', 'another version'],
    ['version https://git-lfs.github.com/spec/v1\noid md5:' + OID + '\nsize 1\n', 'another hash'],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:' + OID.toUpperCase() + '\nsize 1\n', 'capitals'],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:../../x\nsize 1\n', 'a path'],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:' + OID + '\nsize -1\n', 'a size below nothing'],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:' + OID + '\nsize 1\nmore\n', 'more than a pointer'],
    [`version https://git-lfs.github.com/spec/v1\noid sha256:${OID}\nsize 1${'\n'.repeat(1024)}`, 'a larger file'],
  ])('is not %j: %s', (text) => expect(pointer(text)).toBeUndefined());
});
