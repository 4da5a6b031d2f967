import { StringDecoder } from 'node:string_decoder';
import type { StepTemplate } from '#events';
import { Masker, masked, maskedText } from '../log/masker.js';
import { PatternMatcher } from '../log/pattern-matcher.js';
import { patternsOf } from './encodings.js';

/**
 * What a process that takes the job over must know, to give the steps the same values, and to come to the same log: the
 * values that the job began with, and the outputs that were withheld, with the step whose log says so.
 */
export type KeptSecrets = Readonly<{
  values: readonly (readonly [name: string, value: string])[];
  withheld: readonly (readonly [output: string, step: number])[];
}>;

/** What may leave now of the pieces that were pushed, and what is left at the end. */
export type TextMasker = Readonly<{ push: (text: string) => string; end: () => string }>;

/** The secrets of one job, from its beginning to its end, whatever becomes of the store meanwhile. */
export class JobSecrets {
  /** Of a job that names none. */
  static readonly NONE = new JobSecrets({ values: [], withheld: [] }, () => undefined);

  readonly #values: ReadonlyMap<string, string>;
  readonly #matcher: PatternMatcher | undefined;
  readonly #withheld: Map<string, number>;

  /** `keep` is called when there is more to be known. */
  constructor(
    { values, withheld }: KeptSecrets,
    private readonly keep: (kept: KeptSecrets) => void,
  ) {
    this.#values = new Map(values);
    this.#withheld = new Map(withheld);
    const patterns = new Set(values.flatMap(([, value]) => [...patternsOf(value)]));
    if (patterns.size > 0) this.#matcher = new PatternMatcher([...patterns].map((pattern) => Buffer.from(pattern)));
  }

  get kept(): KeptSecrets {
    return { values: [...this.#values], withheld: [...this.#withheld] };
  }

  /** The variables that a step gets because it names them. */
  variablesOf({ secrets = [] }: StepTemplate): Record<string, string> {
    return Object.fromEntries(
      secrets.flatMap((name) => (this.#values.has(name) ? [[name, this.#values.get(name) ?? '']] : [])),
    );
  }

  /** The same bytes for the same output, however it comes: a log may be read again from its first byte. */
  masked(output: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    return this.#matcher ? masked(output, this.#matcher) : output;
  }

  mask(text: string): string {
    return this.#matcher ? maskedText(text, this.#matcher) : text;
  }

  /** The same for a text that comes in pieces, each of whole characters. */
  masker(): TextMasker {
    if (!this.#matcher) return { push: (text) => text, end: () => '' };
    const [masker, decoder] = [new Masker(this.#matcher), new StringDecoder('utf8')];
    return {
      push: (text) => decoder.write(masker.push(Buffer.from(text))),
      end: () => decoder.write(masker.end()) + decoder.end(),
    };
  }

  /** Those outputs of the job that hold no secret. Only they leave the runner. */
  handedOn(outputs: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    return new Map([...outputs].filter((output) => !this.holdsSecret(output)));
  }

  /** The others that are first seen after this step: its log says so, also when it is read again. */
  withheldAt(step: number, outputs: ReadonlyMap<string, string>): string[] {
    const names = [...outputs].filter((output) => this.holdsSecret(output)).map(([name]) => name);
    const fresh = names.filter((name) => !this.#withheld.has(name));
    for (const name of fresh) this.#withheld.set(name, step);
    if (fresh.length > 0) this.keep(this.kept);
    return names.filter((name) => this.#withheld.get(name) === step);
  }

  private holdsSecret([name, value]: readonly [string, string]): boolean {
    return this.mask(name) !== name || this.mask(value) !== value;
  }
}
