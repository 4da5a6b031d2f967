import type { BuildSummary } from '#domain';

/** A line around a find, as a terminal shows it; of a long one the beginning. */
export type ContextLine = Readonly<{ line: number; text: string }>;

/**
 * A line of a log that has what was looked for. `at`: when it was read, ISO 8601 in UTC. `text`: as a terminal shows it, of a
 * long one what is about the first find. `spans`: where in `text` the finds are, in UTF-16 units.
 */
export type SearchHitView = Readonly<{
  build: Pick<BuildSummary, 'id' | 'number' | 'repoId' | 'repo' | 'branch' | 'pullRequest' | 'status' | 'createdAt'>;
  job: Readonly<{ id: string; title: string }>;
  attempt: number;
  step: Readonly<{ index: number; name: string }>;
  line: number;
  at: string;
  text: string;
  spans: readonly (readonly [number, number])[];
  before: readonly ContextLine[];
  after: readonly ContextLine[];
}>;

/**
 * Newest lines first. `next`: where to go on; a page with few items, or none, may have one. `builds`: how many of the builds
 * that the filters choose were looked into, the newest; null without filters: in all.
 */
export type SearchView = Readonly<{
  items: readonly SearchHitView[];
  next: string | null;
  builds: Readonly<{ searched: number; total: number }> | null;
}>;
