/** The filters of the list of builds, as they stand in the page's address. */
export type BuildFilter = Readonly<{ repo?: string; branch?: string; status?: string }>;

/** What is looked for in the logs, as it stands in the page's address. */
export type LogSearch = BuildFilter & Readonly<{ q?: string; since?: string }>;

export type Route =
  | Readonly<{ page: 'search'; search: LogSearch }>
  | Readonly<{ page: 'builds'; filter: BuildFilter }>
  | Readonly<{ page: 'build'; build: string }>
  | Readonly<{ page: 'job'; build: string; job: string; attempt?: number }>
  | Readonly<{ page: 'queue' | 'deliveries' | 'repos' | 'not-found' }>
  | Readonly<{ page: 'login'; next: string }>;

/** Ids become parts of API addresses: anything that could climb out of its place (`..`, `%2f`) is not an id. */
const ID = /^[A-Za-z0-9_-]{1,128}$/;
const ATTEMPT = /^[1-9][0-9]{0,5}$/;

const query = (entries: readonly (readonly [string, string | undefined])[]): string => {
  const set = entries.filter((entry): entry is readonly [string, string] => Boolean(entry[1]));
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([key, value]) => [key, value])).toString()}`;
};

const FILTERS = ['repo', 'branch', 'status'] as const;
const SEARCH = ['q', ...FILTERS, 'since'] as const;

const picked = <K extends string>(search: URLSearchParams, keys: readonly K[]): { [key in K]?: string } =>
  Object.fromEntries(keys.flatMap((key) => [[key, search.get(key)]]).filter(([, value]) => value)) as {
    [key in K]?: string;
  };

const filterOf = (search: URLSearchParams): BuildFilter => picked(search, FILTERS);

/** An address relative to the prefix; one that would leave the page's own paths becomes the start page. */
export const insideOnly = (next: string | null): string =>
  next && /^[A-Za-z0-9_-][^\\:]*$/.test(next) && !next.startsWith('api/') ? next : './';

/** What an address shows. `path` begins with the prefix, which ends in a slash; other paths are not found. */
export const routeOf = (prefix: string, path: string, search: string): Route => {
  const parameters = new URLSearchParams(search);
  if (`${path}/` === prefix) return { page: 'builds', filter: filterOf(parameters) };
  if (!path.startsWith(prefix)) return { page: 'not-found' };
  const parts = path.slice(prefix.length).replace(/\/$/, '').split('/');
  const [first = '', build = '', jobs, job = ''] = parts;
  if (parts.length === 1) {
    if (first === '' || first === 'builds') return { page: 'builds', filter: filterOf(parameters) };
    if (first === 'queue' || first === 'deliveries' || first === 'repos') return { page: first };
    if (first === 'search') return { page: 'search', search: picked(parameters, SEARCH) };
    if (first === 'login') return { page: 'login', next: insideOnly(parameters.get('next')) };
  }
  if (first !== 'builds' || !ID.test(build)) return { page: 'not-found' };
  if (parts.length === 2) return { page: 'build', build };
  if (parts.length !== 4 || jobs !== 'jobs' || !ID.test(job)) return { page: 'not-found' };
  const attempt = parameters.get('attempt') ?? '';
  return { page: 'job', build, job, ...(ATTEMPT.test(attempt) && { attempt: Number(attempt) }) };
};

/** The address of a page, relative to the prefix. */
export const hrefOf = (route: Route): string => {
  switch (route.page) {
    case 'builds':
      return `./${query([
        ['repo', route.filter.repo],
        ['branch', route.filter.branch],
        ['status', route.filter.status],
      ])}`;
    case 'search':
      return `search${query(SEARCH.map((key) => [key, route.search[key]]))}`;
    case 'build':
      return `builds/${encodeURIComponent(route.build)}`;
    case 'job':
      return `builds/${encodeURIComponent(route.build)}/jobs/${encodeURIComponent(route.job)}${query([
        ['attempt', route.attempt?.toString()],
      ])}`;
    case 'login':
      return `login${query([['next', route.next === './' ? undefined : route.next]])}`;
    case 'queue':
    case 'deliveries':
    case 'repos':
      return route.page;
    case 'not-found':
      return './';
  }
};
