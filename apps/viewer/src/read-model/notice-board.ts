import type { Notice } from './notice.js';
import { Pulse } from './pulse.js';

const KEPT = 2_000;

/** What changed lately, for any number of readers who each go at their own pace: nothing is queued for anybody. */
export class NoticeBoard {
  private readonly notices: Notice[] = [];
  /** Whoever has seen everything up to here misses nothing that is kept. */
  private complete = 0;
  private latest = 0;
  private readonly anything = new Pulse();
  private readonly builds = new Map<string, Pulse>();

  constructor(private readonly kept = KEPT) {}

  /** Where the read model stood when this process began, or began again. */
  startAt(sequence: number): void {
    this.notices.length = 0;
    this.complete = sequence;
    this.latest = sequence;
    this.anything.fire();
  }

  post(notices: readonly Notice[], upTo: number): void {
    this.notices.push(...notices);
    const surplus = this.notices.splice(0, Math.max(0, this.notices.length - this.kept));
    this.complete = surplus.at(-1)?.data.seq ?? this.complete;
    this.latest = upTo;
    for (const { kind, data } of notices) {
      if (kind !== 'build') continue;
      this.builds.get(data.id)?.fire();
      this.builds.delete(data.id);
    }
    if (notices.length > 0) this.anything.fire();
  }

  /** Up to which sequence everything was posted. */
  get position(): number {
    return this.latest;
  }

  /** What came after a sequence; undefined when some of it is no longer kept, or the sequence is of another history. */
  after(sequence: number): readonly Notice[] | undefined {
    if (sequence < this.complete || sequence > this.latest) return undefined;
    const first = this.notices.findIndex(({ data }) => data.seq > sequence);
    return first === -1 ? [] : this.notices.slice(first);
  }

  /** Settles at the next change of anything. */
  changed(): Promise<void> {
    return this.anything.next();
  }

  /** Settles at the next change of the build. Ask before looking at the build, or a change in between is missed. */
  buildChanged(id: string): Promise<void> {
    let waiting = this.builds.get(id);
    if (!waiting) this.builds.set(id, (waiting = new Pulse()));
    return waiting.next();
  }
}
