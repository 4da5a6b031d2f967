import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/**
 * Lines stay where they are on the screen when what stands above them comes or folds. A log at its beginning stays
 * there, but for one that was seen whole and whose `end` matters.
 */
export const useSteady = (element: RefObject<HTMLElement | null>, end: boolean): void => {
  const latest = useRef(end);
  latest.current = end;
  useEffect(() => {
    const box = element.current;
    if (!box) return undefined;
    let height = box.clientHeight;
    const observer = new ResizeObserver(() => {
      const by = height - box.clientHeight;
      const wasWhole = box.scrollHeight <= height;
      height = box.clientHeight;
      const isAtEnd = box.scrollTop + height >= box.scrollHeight - 1;
      const moves = by > 0 ? box.scrollTop > 0 || (wasWhole && latest.current) : !isAtEnd;
      if (moves) box.scrollTop += by;
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
};
