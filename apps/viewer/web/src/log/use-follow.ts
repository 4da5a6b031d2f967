import type { RefObject } from 'preact';
import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** This near to the end, in pixels, is the end. */
const END = 4;

export type Follow = Readonly<{
  following: boolean;
  /** Lines that came since the reader left the end. */
  unseen: number;
  setFollowing: (on: boolean) => void;
  onScroll: () => void;
}>;

/**
 * Keeps the end of a growing log in view until the reader scrolls up, and again from when the end is reached. Judged by the
 * direction of scrolling, so that lines that arrive in between never look like scrolling.
 */
export const useFollow = (
  element: RefObject<HTMLElement | null>,
  lines: number,
  rows: number,
  initially: boolean,
): Follow => {
  const [following, setFollowing] = useState(initially);
  /** Undefined while nobody has left the end: a log that opens elsewhere has no new lines. */
  const leftAt = useRef<number>(undefined);
  const lastTop = useRef(0);
  const latest = useRef(lines);
  latest.current = lines;

  const set = useCallback((on: boolean) => {
    leftAt.current = latest.current;
    setFollowing(on);
  }, []);

  useLayoutEffect(() => {
    const box = element.current;
    if (following && box) box.scrollTop = box.scrollHeight;
  }, [following, rows]);

  const onScroll = useCallback(() => {
    const box = element.current;
    if (!box) return;
    const atEnd = box.scrollHeight - box.clientHeight - box.scrollTop <= END;
    if (box.scrollTop < lastTop.current && !atEnd) set(false);
    else if (box.scrollTop > lastTop.current && atEnd) set(true);
    lastTop.current = box.scrollTop;
  }, []);

  return { following, unseen: following ? 0 : lines - (leftAt.current ?? lines), setFollowing: set, onScroll };
};
