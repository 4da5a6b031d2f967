import { getMetadataStorage } from 'class-validator';
import { TEXT, type JsonSchema } from './json-schema.js';

type SpecClass = new (...args: never[]) => object;

const metadataOf = (type: SpecClass, property: string) =>
  getMetadataStorage()
    .getTargetValidationMetadatas(type, '', true, false)
    .filter(({ propertyName }) => propertyName === property);

const patternsOf = (type: SpecClass, property: string): string[] =>
  metadataOf(type, property)
    .flatMap(({ constraints }) => (constraints ?? []) as unknown[])
    .flatMap((constraint) => (constraint instanceof RegExp ? [constraint.source] : []));

/** All patterns that the decorators of a property ask for, in one. */
export const patternOf = (type: SpecClass, property: string): string =>
  patternsOf(type, property).reduce(
    (pattern, other) => `^(?=${other.replace(/^\^/, '')})${pattern.replace(/^\^/, '')}`,
  );

/** What the decorators of a property say that a schema can say: pattern and length. */
export const rulesOf = (type: SpecClass, property: string): JsonSchema => {
  const lengths = metadataOf(type, property)
    .filter(({ name }) => name === 'maxLength')
    .map(({ constraints }) => Number(constraints?.[0]));
  const patterns = patternsOf(type, property).map((pattern) => ({ pattern }));
  return {
    ...TEXT,
    ...(lengths.length > 0 && { maxLength: Math.min(...lengths) }),
    ...(patterns.length > 0 && { allOf: patterns }),
  };
};
