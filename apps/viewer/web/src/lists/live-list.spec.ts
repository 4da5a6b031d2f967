import { appendOlder, emptyList, type LiveList, mergeFirstPage, release, update } from './live-list.js';

type Item = Readonly<{ id: string; status?: string }>;
const items = (...ids: string[]): Item[] => ids.map((id) => ({ id }));
const list = (shown: string[], next: string | null = null): LiveList<Item> => ({
  ...emptyList(),
  shown: items(...shown),
  next,
});
const ids = (of: readonly Item[]): string => of.map(({ id }) => id).join('');

describe('live list', () => {
  it('begins with the first page', () =>
    expect(mergeFirstPage(emptyList<Item>(), { items: items('c', 'b'), next: 'n' }, true)).toEqual(
      list(['c', 'b'], 'n'),
    ));

  it('puts new items on top and keeps what was paged in below', () => {
    const merged = mergeFirstPage(list(['c', 'b', 'a'], 'x'), { items: items('e', 'd', 'c'), next: 'n' }, false);
    expect([ids(merged.shown), merged.held, merged.next]).toEqual(['edcba', [], 'x']);
  });

  it('does not move while it is held, and shows all that was held in order when released', () => {
    const first = mergeFirstPage(list(['a']), { items: items('b', 'a'), next: null }, true);
    const second = mergeFirstPage(first, { items: items('c', 'b', 'a'), next: null }, true);
    expect([ids(second.shown), ids(second.held)]).toEqual(['a', 'cb']);
    expect(ids(release(second).shown)).toBe('cba');
  });

  it('keeps what is held when the first page has moved beyond it', () => {
    const first = mergeFirstPage(list(['b', 'a']), { items: items('c', 'b'), next: 'n' }, true);
    const second = mergeFirstPage(first, { items: items('e', 'd'), next: 'm' }, true);
    expect(second.replaces).toBe(true); // `d` need not follow `c`: the page takes the list's place
    expect(ids(release(second).shown)).toBe('ed');
    expect(release(second).next).toBe('m');
  });

  it('renews items in place, shown or held', () => {
    const held = mergeFirstPage(list(['a']), { items: items('b', 'a'), next: null }, true);
    const renewed = update(held, [{ id: 'b', status: 'passed' }, { id: 'a', status: 'failed' }, { id: 'z' }]);
    expect([renewed.held, renewed.shown]).toEqual([[{ id: 'b', status: 'passed' }], [{ id: 'a', status: 'failed' }]]);
  });

  it('keeps an item that no longer matches the filter where it is', () =>
    expect(ids(mergeFirstPage(list(['b', 'a']), { items: items('c', 'a'), next: null }, false).shown)).toBe('cba'));

  it('never shows an item twice when pages overlap', () =>
    expect(ids(appendOlder(list(['c', 'b']), { items: items('b', 'a'), next: null }).shown)).toBe('cba'));
});
