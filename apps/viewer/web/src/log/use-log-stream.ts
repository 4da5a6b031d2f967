import { useEffect, useRef, useState } from 'preact/hooks';
import { type ApiProblem, api, apiUrl } from '../api/api.js';
import { asProblem } from '../api/use-resource.js';
import { LogModel, type StepInfo } from './log-model.js';
import type { Piece } from './step-log.js';

export type StreamState = 'connecting' | 'live' | 'lost' | 'ended';
export type LogStream = Readonly<{
  model: LogModel;
  version: number;
  state: StreamState;
  problem: ApiProblem | undefined;
}>;

type LinesMessage = Readonly<{ step: number; from: number; lines: readonly Piece[] }>;

const RETRY_MS = 3000;
/** With this many rows, drawing each frame would only delay the next lines. */
const MANY_ROWS = 50_000;
const SLOW_DRAW_MS = 120;

/** Asks for a redraw, at most one a frame. */
const drawer = (model: LogModel, draw: () => void) => {
  let pending = false;
  return (): void => {
    if (pending) return;
    pending = true;
    const run = (): void => {
      pending = false;
      draw();
    };
    // Frames stand still in a hidden tab; there the timer keeps title and live region true.
    if (model.rows > MANY_ROWS || document.hidden) setTimeout(run, SLOW_DRAW_MS);
    else requestAnimationFrame(run);
  };
};

/**
 * The log of one attempt, or of one step or service (`only`) of it, from line 1, live until its end. The browser resumes a broken connection at the exact byte; where
 * it gives up, everything is asked for again and what is there already is skipped.
 */
export const useLogStream = (
  build: string,
  job: string,
  attempt: number,
  only: number | undefined,
  onEnd: () => void,
): LogStream => {
  const model = useRef(new LogModel());
  const [version, setVersion] = useState(0);
  const [state, setState] = useState<StreamState>('connecting');
  const [problem, setProblem] = useState<ApiProblem>();
  const ended = useRef(onEnd);
  ended.current = onEnd;

  useEffect(() => {
    const log = new LogModel();
    model.current = log;
    let source: EventSource | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let current = true;
    const draw = drawer(log, () => current && setVersion((before) => before + 1));

    const giveUp = async (): Promise<void> => {
      await api.build(build).catch((error: unknown) => current && setProblem(asProblem(error)));
      if (current) retry = setTimeout(open, RETRY_MS);
    };
    const open = (): void => {
      log.rewind();
      const events = new EventSource(apiUrl(['builds', build, 'jobs', job, 'log', 'stream'], { attempt, step: only }));
      source = events;
      const on = <T>(type: string, take: (data: T) => void): void =>
        events.addEventListener(type, ({ data }: MessageEvent<string>) => {
          take(JSON.parse(data) as T);
          draw();
        });
      events.addEventListener('open', () => {
        setState('live');
        setProblem(undefined);
      });
      on<LinesMessage>('lines', ({ step, lines }) => log.add(step, lines));
      on<StepInfo>('step', (info) => log.describe(info));
      on('end', () => {
        events.close();
        setState('ended');
        ended.current();
      });
      events.addEventListener('error', () => {
        setState('lost');
        if (events.readyState === EventSource.CLOSED) void giveUp();
      });
    };
    setState('connecting');
    setProblem(undefined);
    open();
    draw();
    return () => {
      current = false;
      clearTimeout(retry);
      source?.close();
    };
  }, [build, job, attempt, only]);

  return { model: model.current, version, state, problem };
};
