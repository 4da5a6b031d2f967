const BYTES = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;
type Unit = keyof typeof BYTES;

export const SIZE = /^(\d{1,6})(KiB|MiB|GiB|TiB)$/;

/** Bytes of a text like `512MiB` or `2GiB`; undefined for any other. */
export const sizeOf = (text: string): number | undefined => {
  const [, digits, unit] = SIZE.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * BYTES[unit as Unit];
};

/** What a text was probably meant to say, in the right form. A bare number is taken for MiB. */
export const sizeMeant = (text: string): string | undefined => {
  const [, digits, letter = 'm'] = /^(\d{1,6})\s*([kmgt])?i?b?$/i.exec(text.trim()) ?? [];
  return digits === undefined ? undefined : `${Number(digits)}${letter.toUpperCase()}iB`;
};
