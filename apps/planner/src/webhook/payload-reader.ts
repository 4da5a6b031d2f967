import { PayloadFault } from '#errors';

/** Reads a JSON document from outside, field by field; what is not as it must be is thrown as a `PayloadFault`. */
export class PayloadReader {
  constructor(
    private readonly value: unknown,
    private readonly path = 'the payload',
  ) {}

  get isNull(): boolean {
    return this.value === null || this.value === undefined;
  }

  at(key: string): PayloadReader {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value))
      throw new PayloadFault(this.path, 'an object');
    const path = this.path === 'the payload' ? key : `${this.path}.${key}`;
    return new PayloadReader(
      Object.hasOwn(this.value, key) ? (this.value as Record<string, unknown>)[key] : undefined,
      path,
    );
  }

  text(pattern = /^/, wanted = 'a text'): string {
    if (typeof this.value !== 'string' || !pattern.test(this.value)) throw new PayloadFault(this.path, wanted);
    return this.value;
  }

  whole(): number {
    if (!Number.isSafeInteger(this.value) || (this.value as number) < 0)
      throw new PayloadFault(this.path, 'a whole number');
    return this.value as number;
  }

  flag(): boolean {
    if (typeof this.value !== 'boolean') throw new PayloadFault(this.path, 'true or false');
    return this.value;
  }

  /** A text for people, if there is one: shortened, on one line. */
  label(length: number): string {
    if (typeof this.value !== 'string') return '';
    const line = this.value.split('\n', 1)[0] ?? '';
    return [...line.replaceAll(/\p{Cc}/gu, ' ')].slice(0, length).join('').trim();
  }
}
