/** Lengths of texts are in UTF-16 units. What they keep out is told. */
export type ReportLimits = Readonly<{
  /** Bytes of one file. */
  fileBytes: number;
  /** Tests that failed, and all others. */
  failures: number;
  others: number;
  /** What all texts of those that failed may have together, and all texts of the others. */
  failureTexts: number;
  otherTexts: number;
  name: number;
  message: number;
  /** A trace, or what was printed: its beginning and its end. */
  text: number;
  unread: number;
}>;

export const REPORT_LIMITS: ReportLimits = {
  fileBytes: 64 * 1024 * 1024,
  failures: 5_000,
  others: 20_000,
  failureTexts: 4 * 1024 * 1024,
  otherTexts: 4 * 1024 * 1024,
  name: 512,
  message: 2 * 1024,
  text: 16 * 1024,
  unread: 50,
};

/** Deeper or wider than any report: what has more is made to be a burden. */
export const MAX_DEPTH = 100;
export const MAX_ATTRIBUTES = 200;
/** A value of an attribute, a name, a comment. Texts may be of any length. */
export const MAX_TOKEN = 1024 * 1024;
