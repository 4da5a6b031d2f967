import { mkdtemp, readdir, readlink, rm, writeFile, mkdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { CairnError } from '#errors';
import { fillTree } from '../executor/host-tree.js';
import type { TreeEntry } from '../executor/index.js';
import { TreeGuard } from './tree-guard.js';

const within = (): TreeGuard => new TreeGuard({ roots: ['workspace', 'home'], links: 'within' });
const file = (path: string) => ({ path, kind: 'file' as const });
const link = (path: string, target: string) => ({ path, kind: 'link' as const, target });

describe('what a tree may have in it', () => {
  it.each([
    ['../x', 'elsewhere'],
    ['workspace/../x', 'elsewhere'],
    ['workspace/./x', 'elsewhere'],
    ['workspace//x', 'elsewhere'],
    ['', 'elsewhere'],
    ['/workspace/x', 'absolute'],
    ['workspace/a\0b', 'NUL'],
    ['step', 'outside'],
    ['workspaces/x', 'outside'],
  ])('not %j', (path, why) => expect(within().refusal(file(path))).toContain(why));

  it.each(['workspace/a', 'home/.npm/..a', 'workspace/a b/…/-rf'])('but %j', (path) =>
    expect(within().refusal(file(path))).toBeUndefined(),
  );

  it.each([
    ['/etc/passwd', 'only links within'],
    ['../../home/x', 'leads out'],
    ['../../../etc', 'leads out'],
    ['b/../../../..', 'leads out'],
    ['b/../c', 'leads out'], // `b` may be a link
    ['', 'nowhere'],
  ])('no link in workspace/a to %j', (target, why) =>
    expect(within().refusal(link('workspace/a/l', target))).toContain(why),
  );

  it.each(['x', './x', '../b/x', '..', '../a/', 'x/..y'])('but one to %j', (target) =>
    expect(within().refusal(link('workspace/a/l', target))).toBeUndefined(),
  );

  it('lets a link lead anywhere where links are only kept, but nothing be below one', () => {
    const guard = new TreeGuard({ roots: ['workspace'], links: 'any' });
    expect(guard.refusal(link('workspace/etc', '/etc'))).toBeUndefined();
    expect(guard.refusal(file('workspace/etc/passwd'))).toContain('below a link, workspace/etc');
    expect(guard.refusal(file('workspace/etc'))).toBeUndefined(); // in its place
    expect(guard.refusal(file('workspace/etc/passwd'))).toBeUndefined();
  });

  it('has no devices, and hard links only to what came before', () => {
    const guard = within();
    expect(guard.refusal({ path: 'workspace/dev', kind: 'other' })).toContain('no plain file');
    expect(guard.refusal({ path: 'workspace/b', kind: 'hardlink', target: 'workspace/a' })).toContain('not there');
    expect(guard.refusal({ path: 'workspace/b', kind: 'hardlink', target: '/etc/shadow' })).toContain('not there');
    guard.refusal(file('workspace/a'));
    expect(guard.refusal({ path: 'workspace/b', kind: 'hardlink', target: 'workspace/a' })).toBeUndefined();
  });
});

/** Names and targets that are likely to meet, and to lead out. */
const name = fc.constantFrom('a', 'b', 'c', '..', '.', '', 'outside');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const root = fc.constantFrom('workspace/', 'home/', '', '/', '../');
const entry = fc.record({
  path: fc.tuple(root, path).map(([top, rest]) => `${top}${rest}`),
  kind: fc.constantFrom<TreeEntry['kind']>('file', 'folder', 'link', 'hardlink', 'other'),
  target: fc
    .tuple(fc.constantFrom('', '/', '../', '../../', '../../outside/', 'workspace/'), path)
    .map((s) => s.join('')),
});

describe('a tree that is filled', () => {
  it.each(['within', 'any'] as const)('never writes outside of itself, with links %s', async (links) => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 12 }), fc.boolean(), async (entries, isLinked) => {
        const around = await mkdtemp(join(tmpdir(), 'cairn-tree-'));
        try {
          const tree = join(around, 'tree');
          for (const folder of ['workspace', 'home']) await mkdir(join(tree, folder), { recursive: true });
          await mkdir(join(around, 'outside'));
          await writeFile(join(around, 'outside', 'a'), 'untouched');
          // What was there before may be a link that leads out, made by the source or by a step.
          if (isLinked) await fillTree(tree, only({ ...LINK, target: '../../outside' }));
          const guard = new TreeGuard({ roots: ['workspace', 'home'], links });
          const admitted = async function* (): AsyncGenerator<TreeEntry> {
            for (const one of entries) if (guard.refusal(one) === undefined) yield filled(one);
          };
          await fillTree(tree, admitted()).catch((error: unknown) => {
            if (!(error instanceof CairnError)) throw error;
          });
          expect((await readdir(around)).sort()).toEqual(['outside', 'tree']);
          expect((await readdir(tree)).sort()).toEqual(['home', 'workspace']);
          expect(await readdir(join(around, 'outside'))).toEqual(['a']);
          expect(await readFile(join(around, 'outside', 'a'), 'utf8')).toBe('untouched');
          if (links === 'within' && !isLinked)
            for (const top of ['workspace', 'home']) await expectNoWayOut(join(tree, top), 0);
        } finally {
          await rm(around, { recursive: true, force: true });
        }
      }),
      { numRuns: 300 },
    );
  });
});

const LINK: TreeEntry = { path: 'workspace/a', kind: 'link', size: 0, mode: 0o777, target: '' };

async function* only(one: TreeEntry): AsyncGenerator<TreeEntry> {
  yield one;
}

const filled = (one: Pick<TreeEntry, 'path' | 'kind'>): TreeEntry => ({
  ...{ size: 1, mode: 0o644 },
  ...one,
  ...(one.kind === 'file' ? { content: bytes() } : {}),
});

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('x');
}

/** No link climbs above the root that it is in. */
const expectNoWayOut = async (folder: string, depth: number): Promise<void> => {
  for (const found of await readdir(folder, { withFileTypes: true })) {
    const place = join(folder, found.name);
    if (found.isDirectory()) await expectNoWayOut(place, depth + 1);
    if (!found.isSymbolicLink()) continue;
    const names = (await readlink(place)).split('/');
    expect(names[0]).not.toBe('');
    expect(names.filter((segment) => segment === '..').length).toBeLessThanOrEqual(depth);
  }
};
