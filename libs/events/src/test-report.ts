/** `error`: the test itself could not be run, in its set-up for example. */
export type TestOutcome = 'passed' | 'failed' | 'error' | 'skipped';

export type TestTotals = Readonly<{ passed: number; failed: number; errors: number; skipped: number }>;

/** One test of a report. What the tool did not tell is left out. */
export type TestCase = Readonly<{
  outcome: TestOutcome;
  /** Suites within suites are joined by ` › `. */
  suite: string;
  name: string;
  classname?: string;
  /** Where it stands, relative to the workspace when it is in it; of one that failed, where it failed if that is known. */
  file?: string;
  /** From 1. */
  line?: number;
  durationMs?: number;
  message?: string;
  /** Of tests that did not pass; output of those that failed alone. */
  details?: string;
  stdout?: string;
  stderr?: string;
}>;

/** A report that could not be read, or from some line on. */
export type UnreadReport = Readonly<{ file: string; line?: number; reason: string }>;

/** What limits have kept out: cases that are counted and not listed, texts that were cut. */
export type ReportCut = Readonly<{ cases: number; texts: number }>;

/** All reports of an attempt as one. `cases`: those that failed first, then what was skipped, then what passed. */
export type TestReport = Readonly<{
  totals: TestTotals;
  /** How many files it was read from. */
  files: number;
  cases: readonly TestCase[];
  unread: readonly UnreadReport[];
  cut: ReportCut;
}>;
