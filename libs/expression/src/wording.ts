const MAX_SHOWN = 60;
const MAX_COMPARED = 40;

/** Text from outside as part of a message: one line, short, between backticks. */
export const shown = (text: string): string => {
  const line = text.slice(0, MAX_SHOWN * 2).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
  const characters = [...line];
  return `\`${characters.length > MAX_SHOWN ? `${characters.slice(0, MAX_SHOWN).join('')}…` : line}\``;
};

/** `a`, `b` and `c`. */
export const listed = (names: readonly string[]): string => {
  const quoted = names.map((name) => `\`${name}\``);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
};

/**
 * How many letters must be inserted, removed, replaced or swapped with their neighbour to turn `a` into `b`; undefined when
 * it is more than `most`, which is found out soon.
 */
export const editDistance = (a: string, b: string, most: number): number | undefined => {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row: number[] = [i];
    let least = i;
    const end = Math.min(b.length, i + most);
    for (let j = Math.max(1, i - most); j <= end; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row[j] = cost;
      least = Math.min(least, cost);
    }
    if (least > most) return undefined;
    beforeLast = last;
    last = row;
  }
  const distance = at(last, b.length);
  return distance <= most ? distance : undefined;
};

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY;

/** The name that was probably meant, if one is near enough: one slip in a short word, two in a longer one. */
export const nearest = (word: string, names: Iterable<string>): string | undefined => {
  if (word.length > MAX_COMPARED) return undefined;
  let best: string | undefined;
  let bestDistance = word.length <= 3 ? 1 : 2;
  for (const name of names) {
    if (Math.abs(name.length - word.length) > bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), name.toLowerCase(), bestDistance);
    if (distance !== undefined && (distance < bestDistance || best === undefined)) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
};

/** `; did you mean …?`, or nothing. */
export const didYouMean = (word: string, names: Iterable<string>): string => {
  const name = nearest(word, names);
  return name === undefined ? '' : `; did you mean \`${name}\`?`;
};
