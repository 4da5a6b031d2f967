import type { Globs } from './globs.js';

/** Bounds the time for patterns and paths made to be slow to about a second. */
const MAX_STEPS = 20_000_000;

/**
 * Whether one of the paths matches: the first, and the pattern it matches by, unless there are only exclusions.
 * `undecided`: the patterns and paths are made so that it would take too long to tell.
 */
export type PathsDecision =
  Readonly<{ kind: 'match'; path: string; rule?: number }> | Readonly<{ kind: 'none' | 'undecided' }>;

export const matchPaths = (globs: Globs, paths: Iterable<string>, maxSteps = MAX_STEPS): PathsDecision => {
  const work = { steps: 0 };
  for (const path of paths) {
    const decision = globs.decideWithin(path, work, maxSteps);
    if (!decision) return { kind: 'undecided' };
    const { matches, ...why } = decision;
    if (matches) return { kind: 'match', path, ...why };
  }
  return { kind: 'none' };
};
