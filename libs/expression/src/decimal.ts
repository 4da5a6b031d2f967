/** Digits, perhaps with a fraction or a minus: no exponent, no `+`, no space. */
export const isDecimal = (text: string): boolean => /^-?\d+(\.\d+)?$/.test(text);

/** Negative, zero or positive, as decimal `a` is below, equal to or above `b`; exact, however many digits they have. */
export const compareDecimals = (a: string, b: string): number => {
  const [x, y] = [partsOf(a), partsOf(b)];
  if (x.sign !== y.sign) return x.sign - y.sign;
  const order = x.whole.length - y.whole.length || compareTexts(x.whole, y.whole) || compareTexts(x.part, y.part);
  return x.sign * order;
};

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Without the zeros that say nothing. */
const partsOf = (text: string): { sign: number; whole: string; part: string } => {
  const minus = text.startsWith('-');
  const [digits = '', fraction = ''] = text.slice(minus ? 1 : 0).split('.');
  const whole = digits.replace(/^0+/, '');
  let end = fraction.length;
  while (end > 0 && fraction[end - 1] === '0') end--;
  const part = fraction.slice(0, end);
  return { sign: whole === '' && part === '' ? 0 : minus ? -1 : 1, whole, part };
};
