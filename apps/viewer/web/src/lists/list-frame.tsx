import type { ComponentChildren, Ref } from 'preact';
import type { ApiProblem } from '../api/api.js';
import { count } from '../ui/time.js';
import { Problem } from '../ui/problem.js';

type Props = Readonly<{
  label: string;
  list: Readonly<{
    element: Ref<HTMLUListElement>;
    held: readonly unknown[];
    shown: readonly unknown[];
    next: string | null;
    problem: ApiProblem | undefined;
    loaded: boolean;
    loadingOlder: boolean;
    older: () => Promise<void>;
    showNew: () => void;
  }>;
  /** Shown instead of the rows when there are none. */
  empty: ComponentChildren;
  /** What the items are called: one, several. */
  words: readonly [string, string];
  children: ComponentChildren;
}>;

/** What every list has around its rows: new ones that wait, problems, an empty state, older ones. */
export const ListFrame = ({ label, list, empty, words, children }: Props) => (
  <>
    {list.problem && <Problem problem={list.problem} />}
    <div class="held" aria-live="polite">
      {list.held.length > 0 && (
        <button type="button" class="pill" data-testid="show-new" onClick={list.showNew}>
          ↑ {count(list.held.length, `new ${words[0]}`, `new ${words[1]}`)}
        </button>
      )}
    </div>
    {list.shown.length > 0 && (
      <ul class="rows" aria-label={label} ref={list.element}>
        {children}
      </ul>
    )}
    {list.shown.length === 0 && !list.problem && (
      <div class="empty">{list.loaded ? empty : <p class="muted">Loading…</p>}</div>
    )}
    {list.next !== null && list.shown.length > 0 && (
      <p class="older">
        <button type="button" data-testid="older" disabled={list.loadingOlder} onClick={() => void list.older()}>
          {list.loadingOlder ? 'Loading…' : `Older ${words[1]}`}
        </button>
      </p>
    )}
  </>
);
