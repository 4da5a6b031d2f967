/**
 * Milliseconds of a `time`, which is in seconds; undefined for what is none. Tools write in the language of their machine:
 * of a comma and a point the last one is the decimal mark, a comma alone is one too.
 */
export const durationOf = (time: string | undefined): number | undefined => {
  const text = time?.trim() ?? '';
  if (text.length > 40 || !/^\d[\d.,]*(e-?\d{1,2})?$/i.test(text)) return undefined;
  const decimal = Math.max(text.lastIndexOf('.'), text.lastIndexOf(','));
  const whole = decimal < 0 ? text : text.slice(0, decimal).replace(/[.,]/g, '');
  const parts = decimal < 0 ? '' : `.${text.slice(decimal + 1)}`;
  const ms = Number(whole + parts) * 1000;
  return Number.isFinite(ms) && ms <= 1e12 ? Math.round(ms) : undefined;
};

export const lineOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;

/** Where pytest says that a test failed: the last line of its trace. */
export const placeInTrace = (trace: string): Readonly<{ file: string; line: number }> | undefined => {
  const last = trace.trimEnd().split('\n').at(-1)?.slice(0, 1024) ?? '';
  const [, file, line] = /^([^:]{1,500}\.py):(\d{1,7}): /.exec(last) ?? [];
  return file === undefined ? undefined : { file, line: Number(line) };
};

/** The first line that says something. */
export const firstLine = (text: string): string => {
  const from = text.search(/\S/);
  return from < 0
    ? ''
    : (text
        .slice(from, from + 4096)
        .split(/\r?\n/)[0]
        ?.trimEnd() ?? '');
};
