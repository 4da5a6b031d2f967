import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem } from './api.js';
import { type LiveEvent, listen } from './live-events.js';
import { Refresher } from './refresher.js';

const PAUSE_MS = 250;

export type Resource<T> = Readonly<{ data: T | undefined; problem: ApiProblem | undefined; reload: () => void }>;

export const asProblem = (error: unknown): ApiProblem =>
  error instanceof ApiProblem ? error : new ApiProblem(0, 'The page failed', String(error));

/**
 * Loads something, and again when a live event concerns it. `key` tells one thing from another: a new one starts
 * empty. What was loaded stays when a later load fails.
 */
export const useResource = <T>(
  key: string,
  load: () => Promise<T>,
  concerns: (event: LiveEvent) => boolean,
): Resource<T> => {
  const [state, setState] = useState<{ key: string; data?: T; problem?: ApiProblem }>({ key });
  const latest = useRef({ load, concerns });
  latest.current = { load, concerns };
  const refresher = useRef<Refresher>(undefined);

  useEffect(() => {
    let current = true;
    const refresh = new Refresher(async () => {
      const result = await latest.current.load().then(
        (data) => ({ data }),
        (error: unknown) => ({ problem: asProblem(error) }),
      );
      if (current) setState((before) => ({ key, ...(before.key === key && { data: before.data }), ...result }));
    }, PAUSE_MS);
    refresher.current = refresh;
    refresh.request();
    return () => {
      current = false;
      refresh.stop();
    };
  }, [key]);

  useEffect(() => {
    return listen((event) => {
      if (event.kind === 'reset' || latest.current.concerns(event)) refresher.current?.request();
    });
  }, [key]);

  const shown: typeof state = state.key === key ? state : { key };
  return { data: shown.data, problem: shown.problem, reload: () => refresher.current?.request() };
};
