import { navigate } from '../routing/location.js';
import { hrefOf, type LogSearch } from '../routing/route.js';
import { STATUSES } from './build-filters.js';

const SINCE = [
  ['', 'ever'],
  ['24h', 'a day'],
  ['7d', 'a week'],
  ['30d', '30 days'],
  ['365d', 'a year'],
] as const;

/** What to look for; it stands in the page's address, so that it can be shared. */
export const SearchForm = ({ search }: Readonly<{ search: LogSearch }>) => {
  const apply = (event: Event): void => {
    event.preventDefault();
    const form = (event.currentTarget as HTMLElement).closest('form');
    if (!form) return;
    const entries = [...new FormData(form)].map(([key, value]) => [key, String(value).trim()] as const);
    navigate(hrefOf({ page: 'search', search: Object.fromEntries(entries.filter(([, value]) => value)) }));
  };
  return (
    <form class="filters" role="search" aria-label="Search the logs" onSubmit={apply}>
      <label class="wide">
        Words
        <input
          name="q"
          type="search"
          value={search.q ?? ''}
          placeholder={'error "connection refused" time*'}
          autocomplete="off"
          autofocus={!search.q}
          maxLength={500}
        />
      </label>
      <label>
        Repository
        <input name="repo" value={search.repo ?? ''} placeholder="any" autocomplete="off" />
      </label>
      <label>
        Branch
        <input name="branch" value={search.branch ?? ''} placeholder="any" autocomplete="off" />
      </label>
      <label>
        Status
        <select name="status" value={search.status ?? ''} onChange={apply}>
          <option value="">any</option>
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {status.replace('_', ' ')}
            </option>
          ))}
        </select>
      </label>
      <label>
        Within
        <select name="since" value={search.since ?? ''} onChange={apply}>
          {SINCE.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
          {search.since && !SINCE.some(([value]) => value === search.since) && (
            <option value={search.since}>{search.since}</option>
          )}
        </select>
      </label>
      <button type="submit">Search</button>
    </form>
  );
};
