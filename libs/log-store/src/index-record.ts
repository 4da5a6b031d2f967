import { crc32 } from 'node:zlib';
import { LogStoreUnavailable } from '#errors';
import { NOTHING_HELD, type EncodedChunk } from './encoded-chunk.js';
import type { StoredLog } from './log-store.js';

/**
 * One chunk in a step's index. Records have one size, so that the file is searched like a sorted array: nothing of it is
 * kept in memory. Little-endian, and a format for good:
 *
 *  0 u8 version (1) · 1 u8 flags (1: ends within a line) · 2 u16 zero · 4 u32 CRC-32 of the bytes from 8 and of the first four
 *  8 u64 offset in the log · 16 u64 first line · 24 u32 bytes · 28 u32 newlines · 32 u32 pieces · 36 u32 bytes of piece table
 * 40 u64 offset of the piece table · 48 u64 time of the first piece · 56 u64 time of the last · 64 chain, 32 bytes
 */
export type IndexRecord = Readonly<{
  offset: number;
  from: number;
  bytes: number;
  newlines: number;
  pieces: number;
  tableOffset: number;
  tableBytes: number;
  firstAt: number;
  lastAt: number;
  open: boolean;
  chain: string;
}>;

export const RECORD_BYTES = 96;

const VERSION = 1;
const OPEN = 1;
const CHECKED_FROM = 8;

const put = (buffer: Buffer, value: number, at: number): void => {
  buffer.writeBigUInt64LE(BigInt(value), at);
};
const get = (buffer: Buffer, at: number): number => Number(buffer.readBigUInt64LE(at));
const checksum = (record: Buffer): number => crc32(record.subarray(0, 4), crc32(record.subarray(CHECKED_FROM)));

export const recordOf = (chunk: EncodedChunk, tableOffset: number): IndexRecord => ({
  offset: chunk.offset,
  from: chunk.from,
  bytes: chunk.data.length,
  newlines: chunk.newlines,
  pieces: chunk.pieces,
  tableOffset,
  tableBytes: chunk.table.length,
  firstAt: chunk.firstAt,
  lastAt: chunk.lastAt,
  open: chunk.open,
  chain: chunk.chain,
});

export const encodeRecord = (record: IndexRecord): Buffer => {
  const buffer = Buffer.alloc(RECORD_BYTES);
  buffer[0] = VERSION;
  buffer[1] = record.open ? OPEN : 0;
  put(buffer, record.offset, 8);
  put(buffer, record.from, 16);
  buffer.writeUInt32LE(record.bytes, 24);
  buffer.writeUInt32LE(record.newlines, 28);
  buffer.writeUInt32LE(record.pieces, 32);
  buffer.writeUInt32LE(record.tableBytes, 36);
  put(buffer, record.tableOffset, 40);
  put(buffer, record.firstAt, 48);
  put(buffer, record.lastAt, 56);
  buffer.write(record.chain, 64, 'hex');
  buffer.writeUInt32LE(checksum(buffer), 4);
  return buffer;
};

/**
 * The record, or undefined for bytes that are not one, torn or damaged.
 * @throws LogStoreUnavailable for a whole record of a later version: it must never be taken for a torn one and cut off.
 */
export const decodeRecord = (buffer: Buffer): IndexRecord | undefined => {
  if (buffer.length !== RECORD_BYTES || buffer.readUInt32LE(4) !== checksum(buffer)) return undefined;
  if (buffer[0] !== VERSION)
    throw new LogStoreUnavailable(`an index has records of version ${buffer[0]}; this Cairn reads version ${VERSION}`);
  return {
    offset: get(buffer, 8),
    from: get(buffer, 16),
    bytes: buffer.readUInt32LE(24),
    newlines: buffer.readUInt32LE(28),
    pieces: buffer.readUInt32LE(32),
    tableBytes: buffer.readUInt32LE(36),
    tableOffset: get(buffer, 40),
    firstAt: get(buffer, 48),
    lastAt: get(buffer, 56),
    open: buffer[1] === OPEN,
    chain: buffer.toString('hex', 64, RECORD_BYTES),
  };
};

/** What is held when this is the last record. */
export const heldUpTo = (last: IndexRecord | undefined): StoredLog =>
  last ? { lines: last.from - 1 + last.newlines, bytes: last.offset + last.bytes, chain: last.chain } : NOTHING_HELD;
