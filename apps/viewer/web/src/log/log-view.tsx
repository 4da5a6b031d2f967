import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { apiUrl } from '../api/api.js';
import { navigate } from '../routing/location.js';
import { type LogTarget, permalink } from '../routing/permalink.js';
import { count } from '../ui/time.js';
import type { LogModel } from './log-model.js';
import { LineRow } from './log-row.js';
import { StepHeading } from './step-heading.js';
import { useAnnouncement } from './use-announcement.js';
import { useFollow } from './use-follow.js';
import { useSteady } from './use-steady.js';

/** As `.line` and `.step` in the style sheet: rows of fixed height never shift what is being read. */
const LINE_HEIGHT = 20;
const STEP_HEIGHT = 36;
const OVERSCAN = 20;

type Props = Readonly<{
  model: LogModel;
  version: number;
  over: boolean;
  build: string;
  job: string;
  attempt: number;
  /** The page's address without the fragment. */
  page: string;
  target: LogTarget | undefined;
  /** Where to begin when no line is asked for: the end of a step that failed. */
  failed: number | undefined;
  /** Whether more is to come, and the end is where a reader wants to be. */
  growing: boolean;
  times: boolean;
  onTimes: () => void;
}>;

export const LogView = (props: Props) => {
  const { model, version, over, page, target, times } = props;
  const box = useRef<HTMLDivElement>(null);
  const block = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const follow = useFollow(box, model.lines, model.rows, props.growing && target === undefined);
  useSteady(box, props.failed !== undefined && target === undefined);
  const announcement = useAnnouncement(model, over);
  const raw = useCallback(
    (step: number) => apiUrl(['builds', props.build, 'jobs', props.job, 'log.txt'], { attempt: props.attempt, step }),
    [props.build, props.job, props.attempt],
  );

  const rows = useVirtualizer({
    count: model.rows,
    getScrollElement: () => box.current,
    estimateSize: (row) => (model.isHeading(row) ? STEP_HEIGHT : LINE_HEIGHT),
    overscan: OVERSCAN,
  });

  // A line that was asked for is scrolled to once, when it comes; the end of a failed step when all is there.
  const pending = useRef<{ target: LogTarget | undefined; done: boolean }>({ target: undefined, done: false });
  if (pending.current.target !== target) pending.current = { target, done: false };
  useLayoutEffect(() => {
    if (pending.current.done) return;
    const end = over && !target && props.failed !== undefined ? model.endOf(props.failed) : undefined;
    const row = target ? model.rowOf(target.step, target.line) : end;
    if (row === undefined) return;
    pending.current.done = true;
    if (target) follow.setFollowing(false);
    if (target || box.current?.scrollTop === 0) rows.scrollToIndex(row, { align: target ? 'center' : 'end' });
  }, [target?.step, target?.line, version, over]);

  // The widest line seen decides how far one can scroll sideways, so that the bar does not come and go.
  useLayoutEffect(() => {
    const seen = block.current?.offsetWidth ?? 0;
    if (seen > width) setWidth(seen);
  });
  useEffect(() => setWidth(0), [props.attempt, times]);

  const select = (by: number): void => {
    const first = rows.range?.startIndex ?? 0;
    const from = target ? (model.rowOf(target.step, target.line) ?? first) + by : first;
    const place = model.at(Math.min(Math.max(0, from), model.rows - 1));
    if (!place) return;
    const { index } = place.block.info;
    navigate(`${page}${permalink({ step: index, ...(place.row && { line: place.row.n }) })}`, true);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'j' || event.key === 'k') select(event.key === 'j' ? 1 : -1);
    if (event.key === 'f') follow.setFollowing(!follow.following);
    if (event.key === 't') props.onTimes();
  };

  const items = rows.getVirtualItems();
  return (
    <section class="log" aria-label="Log">
      <div class="log-tools">
        <button
          type="button"
          data-testid="follow"
          aria-pressed={follow.following}
          aria-keyshortcuts="f"
          title="Keep the end in view (f)"
          onClick={() => follow.setFollowing(!follow.following)}
        >
          Follow
        </button>
        <button
          type="button"
          data-testid="times"
          aria-pressed={times}
          aria-keyshortcuts="t"
          title="Show times (t)"
          onClick={props.onTimes}
        >
          Times
        </button>
        <span class="muted" data-testid="log-total">
          {count(model.lines, 'line', 'lines')}
        </span>
        <span class="muted keys">
          <kbd>j</kbd> <kbd>k</kbd> next, previous line
        </span>
      </div>
      <div
        class="log-box"
        data-testid="log"
        ref={box}
        tabIndex={0}
        role="region"
        aria-label="Lines of the log"
        onScroll={follow.onScroll}
        onKeyDown={onKeyDown}
      >
        <div class="log-space" style={{ height: `${rows.getTotalSize()}px`, minWidth: `${width}px` }}>
          <div class="log-rows" role="list" ref={block} style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}>
            {items.map(({ index }) => {
              const place = model.at(index);
              if (!place) return null;
              const step = place.block.info.index;
              const shared = { page, raw: raw(step), marked: target?.step === step && target.line === place.row?.n };
              return place.row ? (
                <LineRow key={`${step}-${place.row.n}`} row={place.row} step={step} times={times} {...shared} />
              ) : (
                <StepHeading key={`${step}`} block={place.block} loading={!over} {...shared} />
              );
            })}
          </div>
        </div>
      </div>
      {!follow.following && follow.unseen > 0 && (
        <button type="button" class="pill new-lines" data-testid="new-lines" onClick={() => follow.setFollowing(true)}>
          ↓ {count(follow.unseen, 'new line', 'new lines')}
        </button>
      )}
      <p class="hidden" role="status">
        {announcement}
      </p>
    </section>
  );
};
