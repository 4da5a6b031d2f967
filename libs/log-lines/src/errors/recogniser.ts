import type { Place } from '../places/place.js';

export type Severity = 'error' | 'warning';

/** What is known of an error: by its first line, and by those that belong to it. */
export type Facts = Readonly<{ severity: Severity; tool: string; message: string; place?: Place | undefined }>;

/**
 * The lines of an error after its first, one at a time. `more`: the line belongs to it; `last`: it does and ends it;
 * `other`: it does not, and is looked at anew. Of blank lines only those count that are followed by more.
 */
export interface Rest {
  take(line: string): 'more' | 'last' | 'other';
  /** What the lines have told; undefined when it was no error after all. */
  facts(): Facts | undefined;
}

/**
 * What a line begins: an error of one line, or of this line and more. `understood`: the line is known and begins none, so
 * that nobody else takes it for one. Undefined: not known.
 */
export type Beginning = Facts | Rest | 'understood' | undefined;

/** Knows how one tool writes errors. Made anew for each step, told every line that nobody took; its memory is bounded. */
export type Recogniser = (line: string) => Beginning;
export type Tool = () => Recogniser;

/** Lines from the first on that look like more of the same, and whose facts are those of the first line. */
export const followedBy = (facts: Facts, belongs: (line: string) => boolean): Rest => ({
  take: (line) => (belongs(line) ? 'more' : 'other'),
  facts: () => facts,
});
