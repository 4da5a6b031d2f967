import type { Token } from './pattern.js';

/**
 * A token that is matched: `deep` is `**`, any characters; `folders` is `**` with the `/` behind it, any characters that
 * end before the beginning of a segment, or none there.
 */
type Step = Token | Readonly<{ kind: 'deep' | 'folders' }>;

/** Counts the looks at a token: the measure of the work. */
export type Work = { steps: number };

/** How much of what lies below a folder a pattern matches, as far as can be told: nothing, perhaps something, all. */
export type Extent = 'nothing' | 'something' | 'everything';

const stepsOf = (tokens: readonly Token[]): Step[] => {
  const steps: Step[] = [];
  for (const token of tokens) {
    const last = steps.at(-1);
    const manyBefore = last?.kind === 'star' || last?.kind === 'deep';
    if (token.kind === 'star' && manyBefore) steps[steps.length - 1] = { kind: 'deep' };
    else if (token.kind === 'char' && token.char === '/' && last?.kind === 'deep')
      steps[steps.length - 1] = { kind: 'folders' };
    else steps.push(token);
  }
  return steps;
};

/**
 * One pattern without braces. Matching keeps the set of places in the pattern that the text so far can have led to, so
 * it takes at most (characters of the text) × (characters of the pattern) steps, whatever the two are.
 */
export class LinearGlob {
  private readonly steps: readonly Step[];
  /** Place → the last turn in which it was reached. */
  private readonly reached: Float64Array;
  private turn = 0;

  constructor(tokens: readonly Token[]) {
    this.steps = stepsOf(tokens);
    this.reached = new Float64Array(this.steps.length + 1);
  }

  matches(text: string, work: Work): boolean {
    return this.placesAfter(text, work).at(-1) === this.steps.length;
  }

  /** `folder` ends with `/`, or is empty: the root. */
  below(folder: string, work: Work): Extent {
    const places = this.placesAfter(folder, work).filter((place) => place < this.steps.length);
    if (places.length === 0) return 'nothing';
    return places.some((place) => this.matchesAnythingFrom(place)) ? 'everything' : 'something';
  }

  /** In ascending order. */
  private placesAfter(text: string, work: Work): number[] {
    let places: number[] = [];
    this.turn++;
    this.reach(0, true, places);
    for (const char of text) {
      if (places.length === 0) break;
      const next: number[] = [];
      this.turn++;
      for (const place of places) {
        const step = this.steps[place];
        work.steps += step?.kind === 'class' ? 1 + step.ranges.length : 1;
        if (step && takes(step, char)) this.reach(staysAt(step) ? place : place + 1, char === '/', next);
      }
      places = next;
    }
    return places;
  }

  /** Adds a place, and those behind it that can be reached without a character. */
  private reach(place: number, atSegment: boolean, places: number[]): void {
    for (let next = place; this.reached[next] !== this.turn; next++) {
      this.reached[next] = this.turn;
      places.push(next);
      const step = this.steps[next];
      const skips = step?.kind === 'star' || step?.kind === 'deep' || (step?.kind === 'folders' && atSegment);
      if (!skips) return;
    }
  }

  /** At the beginning of a segment. */
  private matchesAnythingFrom(place: number): boolean {
    const rest = this.steps.slice(place).map(({ kind }) => kind);
    const last = rest.pop();
    if (!rest.every((kind) => kind === 'folders' || kind === 'deep')) return false;
    return last === 'deep' || (last === 'star' && rest.length > 0);
  }
}

const staysAt = ({ kind }: Step): boolean => kind === 'star' || kind === 'deep' || kind === 'folders';

const takes = (step: Step, char: string): boolean => {
  switch (step.kind) {
    case 'char':
      return step.char === char;
    case 'star':
    case 'one':
      return char !== '/';
    case 'class': {
      const code = char.codePointAt(0) ?? 0;
      return char !== '/' && step.ranges.some(([first, last]) => first <= code && code <= last) !== step.negated;
    }
    default:
      return true;
  }
};
