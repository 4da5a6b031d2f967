/** How many bytes a character has, told by its first; 0 when no character begins so. */
const lengthOf = (lead: number): number => {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
};

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/**
 * The last place up to `limit` where the bytes can be cut without cutting a character; `limit` itself when what stands
 * there is no character anyway. `limit` may be the end: then a character that is not complete yet is left out.
 */
export const characterBoundary = (bytes: Uint8Array, limit: number): number => {
  let start = limit - 1;
  while (start > 0 && start > limit - 4 && isContinuation(bytes[start])) start--;
  const lead = bytes[start];
  return lead !== undefined && start + lengthOf(lead) > limit ? start : limit;
};
