import type { IndexRecord } from './index-record.js';
import type { LineRange, NumberedPiece } from './log-store.js';
import { decodePieces } from './piece-table.js';
import type { StepFiles } from './step-files.js';

const RAW_BYTES = 256 * 1024; // what one read of raw bytes takes at most

/** The record holds a piece of line `n` or of one after it. */
const reaches =
  (n: number) =>
  (record: IndexRecord): boolean => {
    const next = record.from + record.newlines;
    return next > n || (next === n && record.open);
  };

/** The pieces of the lines, one array for each chunk that has any, among what was held when it began. */
export async function* readPieces(files: StepFiles, range: LineRange): AsyncGenerator<readonly NumberedPiece[]> {
  const { count } = await files.whole();
  for (let position = await files.search(count, reaches(range.from)); position < count; position += 1) {
    const record = await files.record(position);
    if (record.from > range.to) return;
    const [table, data] = await Promise.all([files.table(record), files.data(record.offset, record.bytes)]);
    const pieces = decodePieces(table, data, { line: record.from, firstAt: record.firstAt }, range);
    if (pieces.length > 0) yield pieces;
  }
}

/** The bytes from `offset` on, among what was held when it began. */
export async function* readBytes(files: StepFiles, offset: number): AsyncGenerator<Buffer> {
  const { last } = await files.whole();
  const end = last ? last.offset + last.bytes : 0;
  for (let at = Math.max(0, offset); at < end; at += RAW_BYTES) yield files.data(at, Math.min(RAW_BYTES, end - at));
}
