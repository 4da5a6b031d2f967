import type { BuildStatus } from '#domain';
import { apiUrl } from './api.js';

export type BuildNotice = Readonly<{ id: string; number: number; repo: string; status: BuildStatus; seq: number }>;

/** `reset`: events may have been missed, load again what is shown. */
export type LiveEvent =
  Readonly<{ kind: 'build'; build: BuildNotice }> | Readonly<{ kind: 'delivery' | 'repo' | 'reset' }>;
export type LiveState = 'off' | 'connecting' | 'live' | 'lost';

const RETRY_MS = 3000;
const listeners = new Set<(event: LiveEvent) => void>();
const watchers = new Set<(state: LiveState) => void>();
let source: EventSource | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
let state: LiveState = 'off';

const setState = (next: LiveState): void => {
  state = next;
  for (const watcher of watchers) watcher(next);
};
const tell = (event: LiveEvent): void => {
  for (const listener of [...listeners]) listener(event);
};

const close = (): void => {
  clearTimeout(retry);
  source?.close();
  source = undefined;
  setState('off');
};

const open = (): void => {
  close();
  setState('connecting');
  const current = new EventSource(apiUrl(['events']));
  source = current;
  current.addEventListener('open', () => {
    setState('live');
    tell({ kind: 'reset' }); // what happened between a page's first request and this moment was sent to nobody
  });
  current.addEventListener('build', ({ data }: MessageEvent<string>) =>
    tell({ kind: 'build', build: JSON.parse(data) as BuildNotice }),
  );
  for (const kind of ['delivery', 'repo', 'reset'] as const) current.addEventListener(kind, () => tell({ kind }));
  current.addEventListener('error', () => {
    setState('lost');
    // The browser reconnects by itself after a broken connection, but gives up after an answer other than 200.
    if (current.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY_MS);
  });
};

// A browser opens six connections to a server: pages that nobody looks at must not use them up.
const adjust = (): void => {
  const wanted = listeners.size > 0 && document.visibilityState === 'visible';
  if (wanted && state === 'off') open();
  if (!wanted && state !== 'off') close();
};
document.addEventListener('visibilitychange', adjust);

/** One connection for all who listen, closed when nobody does or the page is hidden. Returns how to stop listening. */
export const listen = (listener: (event: LiveEvent) => void): (() => void) => {
  listeners.add(listener);
  adjust();
  return () => {
    listeners.delete(listener);
    queueMicrotask(adjust); // the next page may be about to listen
  };
};

export const watchConnection = (watcher: (state: LiveState) => void): (() => void) => {
  watchers.add(watcher);
  watcher(state);
  return () => watchers.delete(watcher);
};
