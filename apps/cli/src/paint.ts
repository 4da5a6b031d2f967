const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;

export type Colour = keyof typeof CODES;

/** Puts text into a colour, where there are colours. */
export type Paint = (colour: Colour, text: string) => string;

export const painter =
  (hasColours: boolean): Paint =>
  (colour, text) =>
    hasColours ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;

/** Whether to use colours: on a terminal that knows them, unless NO_COLOR says otherwise (https://no-color.org). */
export const hasColours = (
  isTerminal: boolean,
  { NO_COLOR, TERM }: Readonly<Record<string, string | undefined>>,
): boolean => isTerminal && !NO_COLOR && TERM !== 'dumb';
