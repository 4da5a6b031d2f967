const DESCRIPTION_LIMIT = 140;

/** One line of at most 140 characters, as GitHub takes it; a character is never cut in two. */
export const description = (text: string): string => {
  const characters = [...text.replace(/[\p{Cc}\s]+/gu, ' ').trim()];
  if (characters.length <= DESCRIPTION_LIMIT) return characters.join('');
  return `${characters.slice(0, DESCRIPTION_LIMIT - 1).join('')}…`;
};

/** `850 ms`, `2.4 s`, `12 s`, `3 min 5 s`, `1 h 2 min`. */
export const duration = (ms: number): string => {
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
