import { navigate } from '../routing/location.js';
import { type BuildFilter, hrefOf } from '../routing/route.js';

export const STATUSES = [
  'running',
  'passed',
  'failed',
  'cancelled',
  'rejected',
  'awaiting_approval',
  'planned',
  'requested',
] as const;

/** What is shown of the builds; it stands in the page's address, so that it can be shared. */
export const BuildFilters = ({ filter }: Readonly<{ filter: BuildFilter }>) => {
  const apply = (event: Event): void => {
    event.preventDefault();
    const form = (event.currentTarget as HTMLElement).closest('form');
    if (!form) return;
    const data = new FormData(form);
    const pick = (key: keyof BuildFilter): BuildFilter => {
      const value = String(data.get(key) ?? '').trim();
      return value ? { [key]: value } : {};
    };
    navigate(hrefOf({ page: 'builds', filter: { ...pick('repo'), ...pick('branch'), ...pick('status') } }));
  };
  return (
    <form class="filters" role="search" aria-label="Filter builds" onSubmit={apply}>
      <label>
        Repository
        <input name="repo" value={filter.repo ?? ''} placeholder="owner/name" autocomplete="off" onChange={apply} />
      </label>
      <label>
        Branch
        <input name="branch" value={filter.branch ?? ''} placeholder="any" autocomplete="off" onChange={apply} />
      </label>
      <label>
        Status
        <select name="status" value={filter.status ?? ''} onChange={apply}>
          <option value="">any</option>
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {status.replace('_', ' ')}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="hidden">
        Filter
      </button>
    </form>
  );
};
