import { useEffect, useState } from 'preact/hooks';
import { api, type ApiProblem, type SearchResult } from '../api/api.js';
import { asProblem } from '../api/use-resource.js';
import type { LogSearch } from '../routing/route.js';

const CONTEXT_LINES = 2;

/** `result`: all pages so far; undefined before the first. */
export type Search = Readonly<{
  result: SearchResult | undefined;
  problem: ApiProblem | undefined;
  looking: boolean;
  /** Loads the next page, or the one that could not be loaded. */
  further: () => void;
}>;

/** What is found, page by page. For one search: another needs another component. */
export const useSearch = (search: LogSearch): Search => {
  const [result, setResult] = useState<SearchResult>();
  const [problem, setProblem] = useState<ApiProblem>();
  const [looking, setLooking] = useState(false);
  const further = (): void => {
    setLooking(true);
    setProblem(undefined);
    void api
      .search(search, CONTEXT_LINES, result?.next ?? undefined)
      .then((page) => setResult({ ...page, items: [...(result?.items ?? []), ...page.items] }))
      .catch((error: unknown) => setProblem(asProblem(error)))
      .finally(() => setLooking(false));
  };
  useEffect(further, []);
  return { result, problem, looking, further };
};
