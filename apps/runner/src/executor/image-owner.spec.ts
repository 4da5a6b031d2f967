import { isRoot, ownerOf } from './image-owner.js';

const passwd = 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1001::/home/node:/bin/sh\n';
const groups = 'root:x:0:\nstaff:x:50:node\n';

describe('ownerOf', () => {
  it.each([
    ['node', { uid: 1000, gid: 1001 }],
    ['1000', { uid: 1000, gid: 1001 }],
    ['4711', { uid: 4711, gid: 0 }],
    ['node:staff', { uid: 1000, gid: 50 }],
    ['4711:4712', { uid: 4711, gid: 4712 }],
    [':staff', { uid: 0, gid: 50 }],
    ['nobody', undefined],
    ['node:nogroup', undefined],
    ['constructor', undefined],
  ])('reads %s', (user, owner) => {
    expect(ownerOf(user, passwd, groups)).toEqual(owner);
  });

  it('knows what need not be looked up', () => {
    expect(['', '0', 'root', 'root:root', '0:0'].map(isRoot)).toEqual([true, true, true, true, true]);
    expect(['node', '1000', 'root:staff', '0:50', '00x'].map(isRoot)).toEqual([false, false, false, false, false]);
  });
});
