/** An object without the keys that have no value: an event has none. */
export const present = <T extends object>(values: { [K in keyof T]: T[K] | undefined }): T => {
  const result: Partial<T> = {};
  for (const key of Object.keys(values) as (keyof T)[]) {
    const value = values[key];
    if (value !== undefined) result[key] = value;
  }
  return result as T;
};
