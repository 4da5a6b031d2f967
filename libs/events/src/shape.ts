/**
 * What does not fit: its path below the value that was checked, and what should stand there. Never the value, which may
 * be a secret, nor a key that is a value's own (`*` stands for it).
 */
export type Misfit = Readonly<{ path: string; expected: string }>;

/**
 * Checks a value that came from JSON: undefined when it fits, and then nothing was allocated. `T` is invariant, so that a
 * shape that asks for more or less than the type says fails the compiler.
 */
export interface Shape<T> {
  (value: unknown): Misfit | undefined;
  readonly of?: (value: T) => T;
}

/** A field that may be left out. It may not be null. */
export type Optional<T> = Readonly<{ optional: Shape<T> }>;

/** A shape for each field, `optional` where and only where the type has it so. */
export type Fields<T> = {
  readonly [K in keyof T]-?: undefined extends T[K] ? Optional<Exclude<T[K], undefined>> : Shape<T[K]>;
};

const misfit = (expected: string): Misfit => ({ path: '', expected });
const below = (step: string, { path, expected }: Misfit): Misfit => ({ path: step + path, expected });

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const text: Shape<string> = (value) => (typeof value === 'string' ? undefined : misfit('a text'));

export const flag: Shape<boolean> = (value) => (typeof value === 'boolean' ? undefined : misfit('true or false'));

/** A flag that is there or left out. */
export const yes: Shape<true> = (value) => (value === true ? undefined : misfit('true'));

export const no: Shape<false> = (value) => (value === false ? undefined : misfit('false'));

export const whole: Shape<number> = (value) => (Number.isSafeInteger(value) ? undefined : misfit('a whole number'));

/** How many, how long, or which one of an order. */
export const count: Shape<number> = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : misfit('a whole number from 0');

/** How much, in parts too. */
export const amount: Shape<number> = (value) =>
  Number.isFinite(value) && (value as number) >= 0 ? undefined : misfit('a number from 0');

export const scalar: Shape<string | number | boolean> = (value) =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? undefined
    : misfit('a text, a number, true or false');

/** Every member is a key: one that is left out or too many fails the compiler. */
export const oneOf = <T extends string>(members: Readonly<Record<T, true>>): Shape<T> => {
  const known: ReadonlySet<unknown> = new Set(Object.keys(members));
  const expected = [...known].join(' or ');
  return (value) => (known.has(value) ? undefined : misfit(expected));
};

/** The first, or else the second, which then says what does not fit. */
export const either =
  <A, B>(first: Shape<A>, second: Shape<B>): Shape<A | B> =>
  (value) =>
    first(value) === undefined ? undefined : second(value);

export const nullable =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value) =>
    value === null ? undefined : shape(value);

export const optional = <T>(shape: Shape<T>): Optional<T> => ({ optional: shape });

/** Fields that are not named may be there: a newer writer has more to say. */
export const object = <T extends object>(fields: Fields<NoInfer<T>>): Shape<T> => {
  const checks = Object.entries<Optional<unknown> | Shape<unknown>>(fields as never).map(([name, field]) =>
    typeof field === 'function'
      ? { name, shape: field, mayLack: false }
      : { name, shape: field.optional, mayLack: true },
  );
  return (value) => {
    if (!isRecord(value)) return misfit('an object');
    for (let n = 0; n < checks.length; n += 1) {
      const { name, shape, mayLack } = checks[n]!;
      const field = value[name];
      if (field === undefined && mayLack) continue;
      const fault = shape(field);
      if (fault) return below(`.${name}`, fault);
    }
    return undefined;
  };
};

/** One of several objects, told apart by the text in `key`. */
export const variants = <T extends object, K extends keyof T & string>(
  key: K,
  shapes: { readonly [V in T[K] & string]: Shape<Extract<T, Readonly<Record<K, V>>>> },
): Shape<T> => {
  const known = new Map<unknown, Shape<never>>(Object.entries(shapes));
  const expected = [...known.keys()].join(' or ');
  return (value) => {
    if (!isRecord(value)) return misfit('an object');
    const shape = known.get(value[key]);
    return shape ? shape(value) : below(`.${key}`, misfit(expected));
  };
};

export const list =
  <T>(shape: Shape<T>): Shape<readonly T[]> =>
  (value) => {
    if (!Array.isArray(value)) return misfit('a list');
    for (let n = 0; n < value.length; n += 1) {
      const fault = shape(value[n]);
      if (fault) return below(`[${n}]`, fault);
    }
    return undefined;
  };

/** A list of just these. */
export const tuple =
  <T extends readonly unknown[]>(...shapes: { readonly [N in keyof T]: Shape<T[N]> }): Shape<T> =>
  (value) => {
    if (!Array.isArray(value) || value.length !== shapes.length) return misfit(`a list of ${shapes.length}`);
    for (let n = 0; n < shapes.length; n += 1) {
      const fault = shapes[n]!(value[n]);
      if (fault) return below(`[${n}]`, fault);
    }
    return undefined;
  };

/** An object with keys of its own. */
export const record =
  <T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> =>
  (value) => {
    if (!isRecord(value)) return misfit('an object');
    for (const key in value) {
      const fault = shape(value[key]);
      if (fault) return below('.*', fault);
    }
    return undefined;
  };
