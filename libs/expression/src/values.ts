/** Whatever comes from outside is a text; `true` and `false` come from comparisons and literals. A number is its text. */
export type Value = string | boolean;

/** Of one value, in bytes of UTF-8. */
export const MAX_TEXT = 64 * 1024;

/** Name → text. What is not there is the empty text. */
export type Names = ReadonlyMap<string, string>;

/** What the paths of an expression stand for. `needs`: job → what it wrote to `$CAIRN_OUTPUT`. */
export type Values = Readonly<{
  cairn?: Names;
  matrix?: Names;
  environment?: Names;
  inputs?: Names;
  needs?: ReadonlyMap<string, Names>;
}>;

/** How a value reads as a text: `true`, `false`, or itself. */
export const textOf = (value: Value): string => String(value);

/** `''`, `'false'` and `false` are false; everything else is true, `'0'` too. */
export const isTrue = (value: Value): boolean => value !== '' && value !== false && value !== 'false';

/** The text of a path, or undefined when nothing is known of it. */
export const valueAt = (values: Values, [context, name = '', key = '']: readonly string[]): string | undefined => {
  switch (context) {
    case 'cairn':
    case 'matrix':
    case 'environment':
    case 'inputs':
      return values[context]?.get(name);
    case 'needs':
      return values.needs?.get(name)?.get(key);
    default:
      return undefined;
  }
};

export const isTooLong = (text: string): boolean =>
  text.length > MAX_TEXT || (text.length * 3 > MAX_TEXT && utf8Length(text) > MAX_TEXT);

const utf8Length = (text: string): number => {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
};
