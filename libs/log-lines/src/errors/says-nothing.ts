/** `error: 0`, `errors: none`, `warning: 2 problems`: what is told is that there was none, or how many there were. */
const NOTHING =
  /^(?:0$|0[ ,;]|no\b|none\b|null\b|nil\b|false\b|undefined$|ok\b|\d+ (?:errors?|warnings?|problems?|failures?)\b)/i;

/** Whether the message of an error of unknown kind tells of none. */
export const saysNothing = (message: string): boolean => NOTHING.test(message);
