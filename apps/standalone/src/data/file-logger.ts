import { createWriteStream, renameSync, statSync, type WriteStream } from 'node:fs';
import type { LoggerService, LogLevel } from '@nestjs/common';
import { messageOf } from '#errors';

const ROTATE_BYTES = 20 * 1024 * 1024;

/** Keeps one older file. */
const rotate = (file: string): void => {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > ROTATE_BYTES) renameSync(file, `${file}.1`);
};

const textOf = (message: unknown): string =>
  typeof message === 'string' || message instanceof Error ? messageOf(message) : JSON.stringify(message);

/** The log of all services in one file, a JSON object a line; an error is also told to whoever looks at the terminal. */
export class FileLogger implements LoggerService {
  readonly #file: WriteStream;

  constructor(
    file: string,
    private readonly levels: readonly LogLevel[],
    private readonly tell: (line: string) => void,
  ) {
    rotate(file);
    this.#file = createWriteStream(file, { flags: 'a', mode: 0o600 });
    this.#file.on('error', (error) => tell(`the log cannot be written: ${error.message}`));
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write('log', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  /** Nest passes a stack, then the context; either may be missing. */
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
    const context = rest.at(-1);
    const [line = ''] = textOf(message).split('\n', 1);
    this.tell(typeof context === 'string' && !context.includes('\n') ? `${context}: ${line}` : line);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#file.end(resolve));
  }

  private write(level: LogLevel, message: unknown, rest: unknown[]): void {
    if (!this.levels.includes(level)) return;
    const context = typeof rest.at(-1) === 'string' ? rest.at(-1) : undefined;
    const details = rest.slice(0, context === undefined ? undefined : -1).filter((detail) => detail !== undefined);
    const stack = message instanceof Error ? message.stack : undefined;
    const record = {
      at: new Date().toISOString(),
      level,
      context,
      message: textOf(message),
      ...(stack === undefined ? {} : { stack }),
      ...(details.length === 0 ? {} : { details }),
    };
    this.#file.write(`${JSON.stringify(record)}\n`);
  }
}
