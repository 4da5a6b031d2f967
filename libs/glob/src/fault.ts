/** Stable: tools and people may rely on them. What each means is in `docs/spec-patterns.md`. */
export type GlobFaultCode = `CAIRN_SPEC_GLOB_${'SYNTAX' | 'NEVER_MATCHES' | 'TOO_LONG' | 'TOO_MANY'}`;

/**
 * What is wrong with the pattern of that index, and what to do about it, in one line. `offset` and `length` lie inside
 * the pattern, in UTF-16 code units.
 */
export type GlobFault = Readonly<{
  pattern: number;
  offset: number;
  length: number;
  code: GlobFaultCode;
  message: string;
}>;

type Reason = GlobFaultCode extends `CAIRN_SPEC_GLOB_${infer Name}` ? Name : never;

/** More would not be read. */
const MAX_FAULTS = 20;

/** Collects what is wrong with a list of patterns: the first 20. */
export class GlobFaults {
  readonly found: GlobFault[] = [];
  /** The index of the pattern that is being looked at. */
  pattern = 0;

  add(offset: number, length: number, reason: Reason, message: string): undefined {
    const { pattern } = this;
    if (!this.full) this.found.push({ pattern, offset, length, code: `CAIRN_SPEC_GLOB_${reason}`, message });
    return undefined;
  }

  get full(): boolean {
    return this.found.length >= MAX_FAULTS;
  }
}
