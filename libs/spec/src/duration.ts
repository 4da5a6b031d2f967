export const DURATION = /^(?:(\d{1,4})h)?(?:(\d{1,4})m)?(?:(\d{1,5})s)?$/;

/** Milliseconds of a text like `90s`, `10m`, `1h30m`; undefined for any other. */
export const durationOf = (text: string): number | undefined => {
  const parts = text === '' ? null : DURATION.exec(text);
  if (!parts) return undefined;
  const [hours, minutes, seconds] = [1, 2, 3].map((index) => Number(parts[index] ?? 0)) as [number, number, number];
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
};

/** The name of a unit, as people write it: seconds, minutes, hours. */
const UNIT = /^(?:(s|sec|secs|seconds?)|(m|min|mins|minutes?)|(h|hrs?|hours?))$/i;

/** What a text was probably meant to say, in the right form. A bare number is taken for minutes. */
export const durationMeant = (text: string): string | undefined => {
  const [, digits, word = ''] = /^(\d{1,4})\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  if (digits === undefined) return undefined;
  const [, seconds, , hours] = UNIT.exec(word === '' ? 'm' : word) ?? [];
  if (word !== '' && !UNIT.test(word)) return undefined;
  return `${Number(digits)}${seconds ? 's' : hours ? 'h' : 'm'}`;
};
