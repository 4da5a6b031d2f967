import type { Extent, LinearGlob, Work } from './linear-glob.js';

/** One pattern of a list: what its braces stand for. */
export type Rule = Readonly<{ excludes: boolean; globs: readonly LinearGlob[] }>;

/** `rule`: the index of the pattern that decided; without it none did. */
export type Decision = Readonly<{ matches: boolean; rule?: number }>;

/**
 * A list of patterns. The last one that matches decides; where none does, a text matches only if all of them exclude. A
 * text is a path from the root of the repository, or the name of a branch or tag. One that begins with `/` or has a
 * segment `..` never matches.
 */
export class Globs {
  /** What matches when no pattern does. */
  private readonly otherwise: boolean;

  constructor(private readonly rules: readonly Rule[]) {
    this.otherwise = rules.length > 0 && rules.every(({ excludes }) => excludes);
  }

  matches(text: string): boolean {
    return this.decide(text).matches;
  }

  /** Whether a text matches, and why. */
  decide(text: string): Decision {
    return this.decideWithin(text, { steps: 0 }, Infinity) ?? { matches: false };
  }

  /** As `decide`; adds to `work`, and gives up, undecided, soon after that has passed the limit. */
  decideWithin(text: string, work: Work, maxSteps: number): Decision | undefined {
    if (isOutside(text)) return { matches: false };
    for (let index = this.rules.length - 1; index >= 0; index--) {
      const { excludes, globs } = this.rules[index] as Rule;
      for (const glob of globs) {
        if (work.steps > maxSteps) return undefined;
        if (glob.matches(text, work)) return { matches: !excludes, rule: index };
      }
    }
    return { matches: this.otherwise };
  }

  /**
   * Whether a file below this folder, at any depth, could match: if not, there is no need to look into it. `''` is the
   * root. Is never wrongly false; may be true without need where exclusions together leave nothing.
   */
  couldMatchBelow(folder: string): boolean {
    if (isOutside(folder)) return false;
    const work = { steps: 0 };
    const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
    for (let index = this.rules.length - 1; index >= 0; index--) {
      const { excludes, globs } = this.rules[index] as Rule;
      const extents = globs.map((glob): Extent => glob.below(prefix, work));
      if (!excludes && extents.some((extent) => extent !== 'nothing')) return true;
      if (excludes && extents.includes('everything')) return false;
    }
    return this.otherwise;
  }
}

const isOutside = (text: string): boolean => text.startsWith('/') || text.split('/').includes('..');
