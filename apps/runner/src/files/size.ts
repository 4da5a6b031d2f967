const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** For people: `1.5 MiB`. */
export const sizeText = (bytes: number): string => {
  let size = bytes;
  let unit = 0;
  for (; size >= 1024 && unit < UNITS.length - 1; unit += 1) size /= 1024;
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`;
};
