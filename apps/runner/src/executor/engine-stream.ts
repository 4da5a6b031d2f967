const HEADER_BYTES = 8;
const STDERR = 2;
/** The engine cuts longer lines into pieces of this size before it gives them to its log driver. */
const LOG_PIECE_BYTES = 16 * 1024;
const NEWLINE = 0x0a;
const NEWLINE_BYTES = Buffer.from('\n');

export type EngineOutput = Readonly<{ stderr: boolean; bytes: Buffer }>;

/** May add bytes at the end of a frame; is told the frame's length, its last byte, and of which stream it is. */
type FrameEnded = (length: number, lastByte: number | undefined, stderr: boolean) => Buffer | undefined;

/** Takes apart the engine's multiplexed stream (8 bytes of header, then the payload), wherever the reads cut it. */
export class EngineDemuxer {
  private readonly header = Buffer.alloc(HEADER_BYTES);
  private headerBytes = 0;
  private left = 0;

  constructor(private readonly frameEnded?: FrameEnded) {}

  push(chunk: Buffer): EngineOutput[] {
    const outputs: EngineOutput[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.headerBytes < HEADER_BYTES) {
        const copied = chunk.copy(this.header, this.headerBytes, at, at + HEADER_BYTES - this.headerBytes);
        this.headerBytes += copied;
        at += copied;
        if (this.headerBytes < HEADER_BYTES) break;
        this.left = this.header.readUInt32BE(4);
        if (this.left === 0) this.endFrame(undefined, outputs);
        continue;
      }
      const bytes = chunk.subarray(at, at + this.left);
      outputs.push({ stderr: this.header[0] === STDERR, bytes });
      at += bytes.length;
      this.left -= bytes.length;
      if (this.left === 0) this.endFrame(bytes.at(-1), outputs);
    }
    return outputs;
  }

  private endFrame(lastByte: number | undefined, outputs: EngineOutput[]): void {
    const stderr = this.header[0] === STDERR;
    const added = this.frameEnded?.(this.header.readUInt32BE(4), lastByte, stderr);
    if (added) outputs.push({ stderr, bytes: added });
    this.headerBytes = 0;
  }
}

/**
 * Reads the history of the engine's `local` log driver byte-exact. The driver stores a line of 16 KiB or more in pieces,
 * and its reader leaves out the newline after the last of them. Each entry comes as one frame: a full piece has exactly
 * 16 KiB and no newline, a last piece less. An engine that writes the newline is understood too.
 */
export const historyDemuxer = (): EngineDemuxer => {
  const withinLine = { stdout: false, stderr: false };
  return new EngineDemuxer((length, lastByte, stderr) => {
    const stream = stderr ? 'stderr' : 'stdout';
    const isPiece = lastByte !== NEWLINE && length === LOG_PIECE_BYTES;
    const isMissing = withinLine[stream] && !isPiece && lastByte !== NEWLINE;
    withinLine[stream] = isPiece;
    return isMissing ? NEWLINE_BYTES : undefined;
  });
};
