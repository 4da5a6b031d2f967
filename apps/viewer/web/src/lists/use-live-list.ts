import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { ApiProblem, Page } from '../api/api.js';
import { type LiveEvent, listen } from '../api/live-events.js';
import { Refresher } from '../api/refresher.js';
import { asProblem } from '../api/use-resource.js';
import {
  appendOlder,
  emptyList,
  type Identified,
  type LiveList,
  mergeFirstPage,
  release,
  update,
} from './live-list.js';

const PAUSE_MS = 250;
/** Items below the first page that are loaded one by one when they may have changed. */
const MAX_SINGLE = 20;

export type ListSource<T extends Identified> = Readonly<{
  /** A new key is a new list. */
  key: string;
  page: (cursor?: string) => Promise<Page<T>>;
  concerns: (event: LiveEvent) => boolean;
  /** Loads one item, for those below the first page. */
  one?: (id: string) => Promise<T>;
  /** Whether an item can still change: such are loaded again after a gap in the events. */
  open?: (item: T) => boolean;
}>;

/** At the top and with nobody about to click, a list may move. */
const mayMove = (element: HTMLElement | null): boolean =>
  window.scrollY < 40 && !element?.matches(':hover') && !element?.contains(document.activeElement);

export const useLiveList = <T extends Identified>(source: ListSource<T>) => {
  const [list, setList] = useState<LiveList<T>>(emptyList);
  const [problem, setProblem] = useState<ApiProblem>();
  const [loaded, setLoaded] = useState(false);
  const [loadingOlder, setLoadingOlder] = useState(false);
  const element = useRef<HTMLUListElement>(null);
  const latest = useRef({ source, list });
  latest.current = { source, list };

  useEffect(() => {
    let current = true;
    const dirty = new Set<string>();
    setList(emptyList());
    setLoaded(false);
    setProblem(undefined);

    const refresh = new Refresher(async () => {
      const { page: load, one } = latest.current.source;
      const changed = [...dirty];
      dirty.clear();
      try {
        const page = await load();
        if (!current) return;
        setList((before) => mergeFirstPage(before, page, !mayMove(element.current)));
        const inPage = new Set(page.items.map(({ id }) => id));
        const known = new Set(latest.current.list.shown.map(({ id }) => id));
        const below = one ? changed.filter((id) => !inPage.has(id) && known.has(id)).slice(0, MAX_SINGLE) : [];
        const singles = await Promise.all(below.map((id) => one?.(id)));
        if (!current) return;
        setList((before) =>
          update(
            before,
            singles.filter((item) => item !== undefined),
          ),
        );
        setProblem(undefined);
      } catch (error) {
        if (current) setProblem(asProblem(error));
      }
      if (current) setLoaded(true);
    }, PAUSE_MS);
    refresh.request();

    const stop = listen((event) => {
      const { concerns, open } = latest.current.source;
      if (event.kind === 'build') dirty.add(event.build.id);
      if (event.kind === 'reset') for (const item of latest.current.list.shown) if (open?.(item)) dirty.add(item.id);
      if (event.kind === 'reset' || concerns(event)) refresh.request();
    });
    return () => {
      current = false;
      refresh.stop();
      stop();
    };
  }, [source.key]);

  const older = useCallback(async () => {
    const { source: from, list: now } = latest.current;
    if (now.next === null) return;
    setLoadingOlder(true);
    try {
      const page = await from.page(now.next);
      if (latest.current.source.key === from.key) setList((before) => appendOlder(before, page));
    } catch (error) {
      setProblem(asProblem(error));
    }
    setLoadingOlder(false);
  }, []);

  return { ...list, element, problem, loaded, loadingOlder, older, showNew: () => setList(release) };
};
