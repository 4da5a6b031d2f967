import type { StepView } from '#domain';
import type { SseEvent } from '../http/sse.js';
import type { AttemptReading } from './attempt-reading.js';
import { logLine } from './log-line.js';
import { eventId, type ResumePoint } from './resume-point.js';

/** The step as it was when it began, also for those who hear of it later. */
const asBegun = (view: StepView): StepView => ({
  ...view,
  status: 'running',
  exitCode: null,
  lines: null,
  bytes: null,
  finishedAt: null,
});

/**
 * An attempt as server-sent events: `step` when one begins and when it has ended, `lines` between, `end` when the attempt
 * is over. `only`: just that one, a step or a service, whose end is the end. Each id names the byte after what was sent.
 */
export async function* attemptEvents(
  reading: AttemptReading,
  from: ResumePoint,
  only: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<SseEvent> {
  let { step: index, offset } = from;
  const id = (step: number): string => eventId({ attempt: from.attempt, step, offset });
  const stepEvent = (view: StepView): SseEvent => ({ event: 'step', data: view, id: id(view.index) });
  while (!signal.aborted) {
    const change = reading.changed();
    const { over, status } = reading.attempt();
    const next = reading.from(index, only);
    const isOver = over || (only !== undefined && index > only);
    if (!next && isOver) return yield { event: 'end', data: { status }, id: id(index) };
    if (!next) {
      await change;
      continue;
    }
    if (next.index > index) offset = 0;
    index = next.index;
    if (only === undefined) reading.prepareAfter(index);
    let announced = next.startedAt !== null;
    if (announced) yield stepEvent(asBegun(next));
    for await (const part of reading.read(index, offset > 0 ? { offset } : {}, true)) {
      if (part.kind === 'changed') {
        const view = reading.step(index);
        if (announced || view?.startedAt == null) continue;
        announced = true;
        yield stepEvent(asBegun(view));
        continue;
      }
      offset = part.lines.at(-1)?.end ?? offset;
      const [first] = part.lines;
      if (first)
        yield { event: 'lines', data: { step: index, from: first.n, lines: part.lines.map(logLine) }, id: id(index) };
    }
    if (signal.aborted) return;
    const view = reading.step(index);
    if (view) yield stepEvent(view);
    index += 1;
    offset = 0;
  }
}
