/** What differs between two runs of the same thing, and how it is written instead. The order counts. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b/g, '<time>'],
  [/(?:\/cairn\/workspace|\/[\w./-]{1,200}\/slots\/[\w-]{1,100}\/workspace)\//g, ''],
  [/(?:\/private)?(?:\/var\/folders|\/var\/tmp|\/tmp)\/[^\s'"`:,;)\]}>]+/g, '<temporary>'],
  [/\b0x[0-9a-f]+\b/gi, '<hex>'],
  [/\b(?=[0-9a-f]{0,63}\d)(?=[0-9a-f]{0,63}[a-f])[0-9a-f]{7,64}\b/gi, '<hex>'],
  [/(?<![A-Za-z_\d])\d+(?:\.\d+)?\s?(?:ns|µs|us|ms|s|sec|seconds?|m|min|minutes?|h|hours?)\b/g, '<duration>'],
  // A number that belongs to a name says which error it is: TS2322, E0308, utf8.
  [/(?<![A-Za-z_\d])\d+(?:[.,]\d+)*/g, '<n>'],
  [/\s+/g, ' '],
];

/** The message without what differs from run to run: numbers, ids, times, durations, temporary paths, the workspace. */
export const normalised = (message: string): string =>
  VARIABLE.reduce((text, [pattern, instead]) => text.replace(pattern, instead), message).trim();

/** 32 bits of FNV-1a over UTF-16 code units, with its last mixing step from MurmurHash3. */
const hash32 = (text: string, seed: number): number => {
  let hash = seed;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};
const hex = (value: number): string => value.toString(16).padStart(8, '0');

/**
 * The same for the same error in another run, 16 hex digits. Lines and columns do not count: code moves. It is stored and
 * compared over years: what it is made from never changes without a new meaning of the old ones.
 */
export const fingerprintOf = (
  error: Readonly<{ severity: string; tool: string; message: string; path?: string | undefined }>,
): string => {
  const { severity, tool, message, path = '' } = error;
  const text = [severity, tool, normalised(path), normalised(message)].join('\n');
  return hex(hash32(text, 0x811c9dc5)) + hex(hash32(text, 0x9747b28c));
};
