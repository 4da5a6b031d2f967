import type { Duplex, Readable } from 'node:stream';
import { SandboxDetached, SandboxLost } from '#errors';
import { Deferred } from './deferred.js';
import type { EngineDemuxer } from './engine-stream.js';
import { encodeFrame, ShellParser, type ShellCommand, type ShellPiece } from './shell-protocol.js';
import { ShellUnpack } from './shell-unpack.js';
import { StepRun } from './step-run.js';

/** A frame can be refused when a dead sender's half frame or another sender's bytes were mixed into it. */
const MAX_SENDS = 4;
const STDERR_TAIL_BYTES = 1024;

export type ShellStreams = Readonly<{
  /** The shell's stdin. */
  input: Duplex;
  /** What the shell and its steps print, from the first byte, multiplexed by the engine. May be `input` itself. */
  output: Readable;
  demuxer: EngineDemuxer;
}>;

/**
 * The conversation with one waiting shell. Steps are found in the stream by their marks: what belongs to earlier steps is
 * skipped, and from the beginning of a step that nobody has asked for the stream is not read on.
 */
export class ShellChannel {
  private readonly readiness = new Deferred<number>();
  /** The process id of the shell in its container. */
  readonly ready = this.readiness.promise;
  private readonly parser: ShellParser;
  private step: StepRun | undefined;
  private hasTar = false;
  private archive: ShellUnpack | undefined;
  private frame: Buffer | undefined;
  private sends = 0;
  /** The step whose output the stream is in; undefined between steps. */
  private streaming: number | undefined;
  private held: ShellPiece[] = [];
  private failure: Error | undefined;
  private stderr = Buffer.alloc(0);

  /** `explain` tells why the stream ended; `words` are the last that the shell or the engine's init printed itself. */
  constructor(
    private readonly streams: ShellStreams,
    private readonly nonce: string,
    private readonly explain: (words: string) => Promise<Error>,
  ) {
    this.parser = new ShellParser(nonce);
    streams.output.on('data', (chunk: Buffer) => this.read(chunk));
    // Only the output tells the end: when history is read, stdin may be closed long before the last byte has come.
    for (const event of ['end', 'error', 'close']) streams.output.on(event, () => this.ended());
    streams.input.on('error', () => undefined);
  }

  get isOpen(): boolean {
    return this.failure === undefined;
  }

  /** Whether it can unpack now: nobody else may have told it something, and what it says must come at once. */
  get unpacks(): boolean {
    const isFirst = this.streams.input === this.streams.output;
    return this.hasTar && isFirst && this.isOpen && this.step === undefined && this.archive === undefined;
  }

  /** Into the workspace. @throws as `ShellUnpack.send` */
  async unpack(tar: AsyncIterable<Buffer>): Promise<void> {
    const archive = new ShellUnpack(this.nonce, (bytes) => void this.streams.input.write(bytes));
    this.archive = archive;
    try {
      await archive.send(tar);
    } finally {
      this.archive = undefined;
    }
  }

  run(command: ShellCommand, signals: ConstructorParameters<typeof StepRun>[1]): StepRun {
    const frame = encodeFrame(this.nonce, command);
    const step = new StepRun(command.number, signals, () => this.flow());
    if (this.failure) {
      step.fail(this.failure);
      return step;
    }
    this.step = step;
    this.frame = frame;
    this.sends = 0;
    this.send();
    this.flow();
    return step;
  }

  detach(): void {
    this.failure ??= new SandboxDetached('this process has let go of the job');
    this.step?.abandon(this.failure);
    this.archive?.fail(this.failure);
    this.step = undefined;
    this.readiness.reject(this.failure);
    this.streams.output.destroy();
    this.streams.input.destroy();
  }

  private send(): void {
    if (this.frame && this.sends < MAX_SENDS) this.streams.input.write(this.frame);
    this.sends += 1;
  }

  private read(chunk: Buffer): void {
    for (const { stderr, bytes } of this.streams.demuxer.push(chunk)) {
      if (stderr) this.stderr = Buffer.from(Buffer.concat([this.stderr, bytes]).subarray(-STDERR_TAIL_BYTES));
      else this.held.push(...this.parser.push(bytes));
    }
    this.flow();
  }

  /** Hands on what has been read, and decides whether to read more. */
  private flow(): void {
    while (this.held.length > 0) {
      const piece = this.held[0] as ShellPiece;
      if (piece.kind === 'accepted' && piece.number > (this.step?.number ?? 0)) break;
      this.held.shift();
      this.take(piece);
    }
    if (this.held.length === 0 && !this.step?.full) this.streams.output.resume();
    else this.streams.output.pause();
  }

  private take(piece: ShellPiece): void {
    const step = this.step;
    switch (piece.kind) {
      case 'ready':
        this.hasTar = piece.unpacks;
        return this.readiness.resolve(piece.pid);
      case 'more':
        return this.archive?.more();
      case 'unpacked':
        return this.archive?.finish(piece.code);
      case 'accepted':
        this.streaming = piece.number;
        if (step?.number !== piece.number) return;
        this.frame = undefined;
        return step.accept();
      case 'output':
        if (this.archive) this.archive.say(piece.bytes);
        else if (step && step.number === this.streaming) step.write(piece.bytes);
        return;
      case 'ended':
        this.streaming = undefined;
        if (step?.number !== piece.number) return;
        this.step = undefined;
        return step.finish({
          code: piece.code,
          wrote: piece.wrote,
          ...(piece.shortage ? { shortage: piece.shortage } : {}),
        });
      case 'known':
        if (step?.number !== piece.number || this.streaming === piece.number) return;
        this.step = undefined;
        return step.fail(new SandboxLost(`step ${piece.number} was begun before, and its output is gone`));
      case 'refused':
        return this.send();
      default:
        piece satisfies never;
    }
  }

  private ended(): void {
    if (this.failure) return;
    const lost = new SandboxLost('the job has ended');
    this.failure = lost;
    this.streams.input.destroy();
    void this.explain(this.stderr.toString('utf8').trim()).then((reason) => {
      this.failure = reason;
      this.readiness.reject(reason);
      // What is still held belongs to the step that was running, up to the last byte.
      const rest = this.parser.end();
      if (rest.length > 0) this.held.push({ kind: 'output', bytes: rest });
      const step = this.step;
      while (this.held.length > 0) this.take(this.held.shift() as ShellPiece);
      this.step = undefined;
      step?.fail(reason);
      this.archive?.fail(reason);
    });
  }
}
