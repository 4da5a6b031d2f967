import { randomBytes } from 'node:crypto';
import { RefusedEntry } from '#errors';
import { does, finish, sha256, step } from './steps.contract.js';
import type { Deeds } from '../../testing/scripted/index.js';
import type { Sandbox, TreeEntry } from './executor.js';
import { packed, unpacked } from './tar-entries.js';

const MIB = 1024 * 1024;

async function* inOrder(...entries: readonly TreeEntry[]): AsyncGenerator<TreeEntry> {
  yield* entries;
}

async function* pieces(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

const file = (path: string, text: string | Buffer, mode = 0o644): TreeEntry => ({
  ...{ path, kind: 'file', size: Buffer.byteLength(text), mode, content: pieces(Buffer.from(text)) },
});
const link = (path: string, target: string): TreeEntry => ({ path, kind: 'link', size: 0, mode: 0o777, target });

/** Kind, path, and what is in it. */
const shown = async (entries: AsyncIterable<TreeEntry>): Promise<string[]> => {
  const lines: string[] = [];
  for await (const { kind, path, target, content, mode } of entries) {
    const parts: Uint8Array[] = [];
    for await (const part of content ?? []) parts.push(part);
    const text = content ? Buffer.concat(parts).toString() : (target ?? '');
    lines.push(
      [kind, path, ...(text === '' ? [] : [text]), ...(kind === 'file' && mode & 0o100 ? ['x'] : [])].join(' '),
    );
  }
  return lines;
};

/** For `fill`. */
export const emptyFile = (path: string): AsyncIterable<TreeEntry> => inOrder(file(path, ''));

/** What is read from a job's place and put into it. */
export const describeTree = (make: () => Promise<Sandbox>, runsCommands: boolean): void => {
  describe('tree', () => {
    let sandbox: Sandbox;
    let steps = 0;
    beforeEach(async () => {
      sandbox = await make();
    });
    const run = async (script: string): Promise<string> => (await finish(sandbox, step(script, (steps += 1)))).output;
    const doing = async (deeds: Deeds): Promise<string> => (await finish(sandbox, does(deeds, (steps += 1)))).output;

    it('is read as it is, links as links', async () => {
      await doing({
        write: { 'dist/a': 'a\n', 'dist/deep/b': 'b' },
        executable: 'dist/deep/b',
        link: { 'dist/etc': '/etc', 'dist/to-a': 'a' },
      });
      expect(await shown(sandbox.entries('workspace/dist'))).toEqual([
        'folder workspace/dist',
        'file workspace/dist/a a\n',
        'folder workspace/dist/deep',
        'file workspace/dist/deep/b b x',
        'link workspace/dist/etc /etc',
        'link workspace/dist/to-a a',
      ]);
    });

    it('is read from any path of it, and has nothing where there is nothing', async () => {
      await doing({ write: { 'a/b/c': 'c\n', '~/.npm/d': 'd\n' }, link: { 'a/e': 'b' } });
      expect(await shown(sandbox.entries('workspace/a/b/c'))).toEqual(['file workspace/a/b/c c\n']);
      expect(await shown(sandbox.entries('home/.npm'))).toEqual(['folder home/.npm', 'file home/.npm/d d\n']);
      expect(await shown(sandbox.entries('workspace/a/e'))).toEqual(['link workspace/a/e b']);
      expect(await shown(sandbox.entries('workspace/none'))).toEqual([]);
      expect(await shown(sandbox.entries('workspace/a/b/c/d'))).toEqual([]);
    });

    it('gives each file of several links its bytes, once at least', async () => {
      await doing({ write: { one: 'same\n' }, hardlink: { two: 'one' } });
      const lines = await shown(sandbox.entries('workspace'));
      expect(lines).toContain('file workspace/one same\n');
      expect(['file workspace/two same\n', 'hardlink workspace/two workspace/one']).toContain(lines.at(-1));
      expect(await shown(sandbox.entries('workspace/two'))).toEqual(['file workspace/two same\n']);
    });

    it('can be left in the middle, and be read in part', async () => {
      await sandbox.fill(inOrder(file('workspace/a/1', Buffer.alloc(3 * MIB)), file('workspace/a/2', 'two')));
      for await (const { path } of sandbox.entries('workspace/a')) if (path === 'workspace/a/1') break;
      const paths: string[] = [];
      for await (const { path } of sandbox.entries('workspace/a')) paths.push(path);
      expect(paths).toEqual(['workspace/a', 'workspace/a/1', 'workspace/a/2']);
    });

    it('is filled, where something is and where nothing is', async () => {
      await doing({ write: { b: 'old' }, folder: 'c' });
      await sandbox.fill(
        inOrder(
          file('workspace/a/deep/x', 'x'),
          { path: 'workspace/c', kind: 'folder', size: 0, mode: 0o755 },
          file('workspace/c/d', 'd'),
          file('workspace/b', 'new'),
          link('workspace/a/link', 'deep/x'),
          file('home/.cache/y', 'y'),
          { path: 'home/.cache/same', kind: 'hardlink', size: 0, mode: 0o644, target: 'home/.cache/y' },
        ),
      );
      const shows = ['b', 'c/d', 'a/link', '~/.cache/y', '~/.cache/same'];
      expect(await doing({ show: shows, write: { 'a/deep/x': 'changed', 'a/new': '' } })).toBe('newdxyy');
      expect(await doing({ show: 'a/link' })).toBe('changed');
    });

    it('takes names of every kind, and is not changed on its way through an archive', async () => {
      const name = `workspace/ü ${'long'.repeat(40)}/-rf $(x) 'q' "d"\n${'n'.repeat(120)}`;
      const bytes = randomBytes(2 * MIB);
      await sandbox.fill(inOrder(file(name, bytes)));
      for await (const { path, content } of unpacked(await packed(sandbox.entries('workspace'))))
        if (content) {
          const parts: Uint8Array[] = [];
          for await (const part of content) parts.push(part);
          expect([path, sha256(Buffer.concat(parts))]).toEqual([name, sha256(bytes)]);
        }
    });

    it('is not filled where something is in the way, and says what', async () => {
      await doing({ folder: 'folder' });
      await expect(sandbox.fill(inOrder(file('workspace/folder', 'x')))).rejects.toThrow(RefusedEntry);
    });

    it('fails with what its source fails with', async () => {
      const error = new RefusedEntry('the source broke off');
      const broken = async function* (): AsyncGenerator<TreeEntry> {
        yield file('workspace/a', 'a');
        throw error;
      };
      await expect(sandbox.fill(broken())).rejects.toBe(error);
      const content = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.alloc(10);
        throw error;
      };
      const half: TreeEntry = { path: 'workspace/b', kind: 'file', size: 20, mode: 0o644, content: content() };
      await expect(sandbox.fill(inOrder(half))).rejects.toBe(error);
    });

    if (!runsCommands) return;

    it('is filled, for its user', async () => {
      await run('echo old >b; mkdir c');
      await sandbox.fill(
        inOrder(
          file('workspace/a/deep/x', '#!/bin/sh\necho from x\n', 0o755),
          { path: 'workspace/c', kind: 'folder', size: 0, mode: 0o755 },
          file('workspace/c/d', 'd'),
          file('workspace/b', 'new'),
          link('workspace/a/link', 'deep/x'),
          file('home/.cache/y', 'y'),
          { path: 'home/.cache/same', kind: 'hardlink', size: 0, mode: 0o644, target: 'home/.cache/y' },
        ),
      );
      const script =
        'cat b c/d; echo; ./a/link; cat ~/.cache/y ~/.cache/same; echo more >>a/deep/x; touch a/new a/deep/new';
      expect(await run(script)).toBe('newd\nfrom x\nyy');
    });

    it('is read without waiting for a pipe', async () => {
      await run('mkfifo pipe 2>/dev/null || mknod pipe p 2>/dev/null || :; echo a >z');
      expect((await shown(sandbox.entries('workspace'))).filter((line) => !/ workspace$/.test(line))).toEqual(
        expect.arrayContaining(['file workspace/z a\n']),
      );
    });
  });
};
