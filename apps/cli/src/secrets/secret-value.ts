import { text } from 'node:stream/consumers';
import { WrongUse } from '#errors';
import type { Surroundings } from '../local/local-command.js';

const [CTRL_C, CTRL_D, BACKSPACE, DELETE] = ['\u0003', '\u0004', '\b', '\u007f'];

type Terminal = NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?(on: boolean): unknown };

/** Reads a line from a terminal that shows nothing of it. @throws WrongUse it was broken off */
const hiddenLine = async (terminal: Terminal): Promise<string> => {
  terminal.setRawMode?.(true);
  terminal.setEncoding('utf8');
  let line = '';
  try {
    for await (const typed of terminal)
      for (const key of String(typed)) {
        if (key === '\r' || key === '\n' || key === CTRL_D) return line;
        if (key === CTRL_C) throw new WrongUse('nothing was stored');
        line = key === BACKSPACE || key === DELETE ? line.slice(0, -1) : line + key;
      }
    return line;
  } finally {
    terminal.setRawMode?.(false);
  }
};

/** A value of one line has no newline; one of several lines stays as it is, because keys need their last one. */
const withoutLineEnd = (value: string): string =>
  value.indexOf('\n') === value.length - 1 ? value.replace(/\r?\n$/, '') : value;

/** A secret's value, typed unseen at a terminal, or all of standard input. Never an argument: those are for all to see. */
export const secretValue = async (name: string, { input, output }: Surroundings): Promise<string> => {
  const terminal = input as Terminal;
  if (terminal.isTTY !== true) {
    const value = withoutLineEnd(await text(input as NodeJS.ReadableStream & AsyncIterable<Buffer>));
    if (value === '') throw new WrongUse('the value is read from standard input, and there is none');
    return value;
  }
  output.err(`value of ${name} (it is not shown): `);
  try {
    return await hiddenLine(terminal);
  } finally {
    output.err('\n');
  }
};
