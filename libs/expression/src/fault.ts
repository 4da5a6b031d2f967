/** A piece of the text that was given, in UTF-16 code units: it always lies inside the text. */
export type Span = Readonly<{ offset: number; length: number }>;

/** Stable: tools and people may rely on them. What each means is in `docs/spec-expressions.md`. */
export type FaultCode = `CAIRN_SPEC_EXPRESSION_${
  | 'SYNTAX'
  | 'UNCLOSED'
  | 'TOO_LONG'
  | 'TOO_DEEP'
  | 'UNKNOWN_CONTEXT'
  | 'UNKNOWN_NAME'
  | 'UNKNOWN_FUNCTION'
  | 'NOT_NEEDED'
  | 'NOT_ALLOWED_HERE'
  | 'ARGUMENTS'
  | 'TYPE'}`;

/** What is wrong, where, and what to do about it; `message` is one line. */
export type Fault = Span & Readonly<{ code: FaultCode; message: string }>;

/** `faults` is never empty, and in the order of the text. */
export type Result<T> = Readonly<{ ok: true; value: T }> | Readonly<{ ok: false; faults: readonly Fault[] }>;

/** More would not be read. */
const MAX_FAULTS = 20;

type Reason = FaultCode extends `CAIRN_SPEC_EXPRESSION_${infer Name}` ? Name : never;

export const faultAt = ({ offset, length }: Span, reason: Reason, message: string): Fault => ({
  code: `CAIRN_SPEC_EXPRESSION_${reason}`,
  message,
  offset,
  length,
});

export const failed = (...faults: readonly Fault[]): Result<never> => ({ ok: false, faults });

/** Collects what is wrong with one text: the first 20. */
export class Faults {
  private readonly found: Fault[] = [];

  add(span: Span, reason: Reason, message: string): undefined {
    if (!this.full) this.found.push(faultAt(span, reason, message));
    return undefined;
  }

  include(faults: readonly Fault[]): void {
    for (const fault of faults) if (!this.full) this.found.push(fault);
  }

  /** Looking for more would be a waste. */
  get full(): boolean {
    return this.found.length >= MAX_FAULTS;
  }

  get count(): number {
    return this.found.length;
  }

  /** The value, or what was found. */
  resultOf<T>(value: T): Result<T> {
    return this.found.length === 0 ? { ok: true, value } : failed(...this.sorted());
  }

  sorted(): Fault[] {
    return [...this.found].sort((a, b) => a.offset - b.offset);
  }
}
