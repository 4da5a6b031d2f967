import type { StepView } from '#domain';
import { PLAIN } from '#log-lines';
import { type LogRow, type Piece, StepLog } from './step-log.js';

export type StepInfo = Pick<StepView, 'index' | 'name' | 'status' | 'exitCode' | 'lines'> & Partial<StepView>;

const RANK: Readonly<Record<string, number>> = { waiting: 0, running: 1 };
const rank = (info: StepInfo): number => RANK[info.status] ?? 2;

/** A step in the log: what is known of it, its lines, and where its heading stands among all rows. */
export type StepBlock = { info: StepInfo; readonly log: StepLog; at: number };
export type Place = Readonly<{ block: StepBlock; row: LogRow | undefined }>;

/**
 * The log of one attempt as rows: for each step, in order, a heading and its lines. Append-only but for headings that
 * come in between; `rows` is their number.
 */
export class LogModel {
  private readonly blocks: StepBlock[] = [];
  private headings = new Set<number>();
  rows = 0;

  get steps(): readonly StepBlock[] {
    return this.blocks;
  }

  /** How many lines are here. */
  get lines(): number {
    return this.blocks.reduce((count, { log }) => count + log.lines, 0);
  }

  /** Takes what is said about a step, unless something later is known already. */
  describe(info: StepInfo): void {
    const block = this.block(info.index);
    if (rank(info) < rank(block.info)) return;
    block.info = {
      ...block.info,
      ...info,
      exitCode: info.exitCode ?? block.info.exitCode,
      lines: info.lines ?? block.info.lines,
      stored: info.stored ?? block.info.stored ?? null,
    };
  }

  add(step: number, pieces: readonly Piece[]): void {
    const block = this.block(step);
    block.log.add(pieces);
    if (rank(block.info) === 0) block.info = { ...block.info, status: 'running' };
    this.layOut();
  }

  /** Before everything is sent again from the start: forgets half-received lines, keeps the others. */
  rewind(): void {
    for (const { log } of this.blocks) log.rewind();
    this.layOut();
  }

  isHeading(row: number): boolean {
    return this.headings.has(row);
  }

  /** What stands in a row: a step's heading, or one of its lines. */
  at(row: number): Place | undefined {
    const block = this.blocks.findLast(({ at }) => at <= row);
    return block && row < this.rows ? { block, row: block.log.rows[row - block.at - 1] } : undefined;
  }

  /** The row of a line, or of the heading without one; undefined while it has not come. */
  rowOf(step: number, line?: number): number | undefined {
    const block = this.blocks.find(({ info }) => info.index === step);
    if (!block || line === undefined) return block?.at;
    const index = block.log.indexOf(line);
    return index === undefined ? undefined : block.at + 1 + index;
  }

  /** The last row of a step; its heading when it has no lines. */
  endOf(step: number): number | undefined {
    const block = this.blocks.find(({ info }) => info.index === step);
    return block && block.at + block.log.rows.length;
  }

  private block(index: number): StepBlock {
    const known = this.blocks.find(({ info }) => info.index === index);
    if (known) return known;
    const info: StepInfo = { index, name: `Step ${index}`, status: 'waiting', exitCode: null, lines: null };
    const block: StepBlock = { info, log: new StepLog(PLAIN), at: 0 };
    this.blocks.push(block);
    this.blocks.sort((a, b) => a.info.index - b.info.index);
    this.layOut();
    return block;
  }

  private layOut(): void {
    let at = 0;
    for (const block of this.blocks) {
      block.at = at;
      at += 1 + block.log.rows.length;
    }
    this.rows = at;
    this.headings = new Set(this.blocks.map((block) => block.at));
  }
}

/** `12,345 of 12,345 lines`, or what is missing; nothing while a step has said nothing. */
export type Completeness = Readonly<{ received: number; total: number | null; missing: number }>;

export const completenessOf = ({ info, log }: StepBlock): Completeness => {
  const shown = log.lines;
  // Whether a last line without a newline counts is the producer's choice: both are complete.
  const received = info.lines !== null && log.open && shown - 1 === info.lines ? info.lines : shown;
  return { received, total: info.lines, missing: Math.max(0, (info.lines ?? received) - received, log.missing) };
};
