import type { LogSearch } from '../routing/route.js';
import { Problem } from '../ui/problem.js';
import { count, formatNumber } from '../ui/time.js';
import { useTitle } from '../ui/use-title.js';
import { hitGroups } from './hit-groups.js';
import { SearchForm } from './search-form.js';
import { SearchHits } from './search-hits.js';
import { useSearch } from './use-search.js';

const Help = () => (
  <div class="empty">
    <p>Words are looked for in the logs of all builds. A line is found when it has every word.</p>
    <p>
      <code>"in quotes"</code> or <code>src/app.ts:12</code>: words that follow each other · <code>time*</code>: the
      beginning of a word
    </p>
  </div>
);

const Found = ({ search }: Readonly<{ search: LogSearch }>) => {
  const { result, problem, looking, further } = useSearch(search);
  const unseen = result?.builds ? result.builds.total - result.builds.searched : 0;
  return (
    <>
      <p class="muted" role="status" data-testid="search-summary">
        {looking && !result && 'Looking…'}
        {result && `${count(result.items.length, 'line', 'lines')}${result.next === null ? '' : ', and perhaps more'}`}
        {unseen > 0 && `; ${formatNumber(unseen)} older builds of these filters were not looked into`}
      </p>
      {result && hitGroups(result.items).map((group) => <SearchHits key={group.key} group={group} />)}
      {problem && <Problem problem={problem} retry={further} />}
      {result?.items.length === 0 && result.next === null && (
        <div class="empty">
          <p>No line has all of this.</p>
        </div>
      )}
      {result && result.next !== null && (
        <p class="older">
          <button type="button" data-testid="more" disabled={looking} onClick={further}>
            {looking ? 'Looking…' : 'Look further'}
          </button>
        </p>
      )}
    </>
  );
};

export const SearchPage = ({ search }: Readonly<{ search: LogSearch }>) => {
  useTitle(search.q ? `${search.q} · Search` : 'Search');
  return (
    <>
      <header class="head">
        <h1>Search</h1>
        <SearchForm search={search} />
      </header>
      {search.q ? <Found search={search} /> : <Help />}
    </>
  );
};
