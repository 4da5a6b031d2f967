import { readFileSync } from 'node:fs';
import type { Document } from 'openapi-backend';

type Examples = { components: { examples: Record<string, { value: unknown }> } };

/** `nullable` without a `type`, or beside an `enum`, is written as the choice that it means: the validator knows no other form. */
const asChoice = (key: string, value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || key === 'examples') return value;
  const { nullable, ...schema } = value as Record<string, unknown>;
  return nullable === true && (schema['type'] === undefined || schema['enum'] !== undefined)
    ? { anyOf: [schema, { enum: [null] }] }
    : value;
};

const extract = readFileSync(new URL('./openapi.json', import.meta.url), 'utf8');

/** The extract that `scripts/prune-github-openapi.mjs` made of GitHub's own description. */
export const apiDocument = JSON.parse(extract, asChoice) as Document & Examples;

/** A copy of an answer that GitHub's description gives as an example. */
export const recorded = <T extends object = Record<string, unknown>>(name: string): T =>
  structuredClone(apiDocument.components.examples[name]?.value) as T;
