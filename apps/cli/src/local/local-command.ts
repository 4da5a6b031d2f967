import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Environment } from '#config';
import { messageOf, WrongUse } from '#errors';

/** Where the answers go. `isTerminal`: colours may be used. */
export type Output = Readonly<{ out(text: string): void; err(text: string): void; isTerminal?: boolean }>;

/** What a command finds around it; nothing else is read. */
export type Surroundings = Readonly<{
  directory: string;
  environment: Environment;
  input: NodeJS.ReadableStream;
  output: Output;
}>;

/** A command that works on the files here and asks no server. Answers the exit code. */
export type LocalCommand = (args: readonly string[], surroundings: Surroundings) => Promise<number>;

/** The options and at most one word beside them. @throws WrongUse */
export const optionsOf = <Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
) => {
  const parse = () => {
    try {
      return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    } catch (cause) {
      throw new WrongUse(messageOf(cause));
    }
  };
  const { values, positionals } = parse();
  const [word, ...rest] = positionals;
  if (rest.length > 0) throw new WrongUse(`too much: ${rest.join(' ')}`);
  return { values, word };
};
