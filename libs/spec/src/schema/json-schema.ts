/** As much of JSON Schema (draft 7) as is used here. */
export type JsonSchema = Readonly<{
  $schema?: string;
  $ref?: string;
  title?: string;
  description?: string;
  type?: string | readonly string[];
  const?: unknown;
  enum?: readonly unknown[];
  default?: unknown;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  properties?: Readonly<Record<string, JsonSchema>>;
  patternProperties?: Readonly<Record<string, JsonSchema>>;
  propertyNames?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  minProperties?: number;
  maxProperties?: number;
  required?: readonly string[];
  anyOf?: readonly JsonSchema[];
  oneOf?: readonly JsonSchema[];
  allOf?: readonly JsonSchema[];
  not?: JsonSchema;
  if?: JsonSchema;
  then?: JsonSchema;
  else?: JsonSchema;
  definitions?: Readonly<Record<string, JsonSchema>>;
}>;

/** Whatever YAML takes for a text, number, boolean or nothing: its source text counts. */
export const SCALAR: JsonSchema = { type: ['string', 'number', 'boolean', 'null'] };

/** One text that is not empty and has no NUL character. Numbers are as good as texts. */
export const TEXT: JsonSchema = {
  type: ['string', 'number', 'boolean'],
  pattern: '^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$',
};

/** A list of them, or one alone. */
export const oneOrMany = (one: JsonSchema, more: Pick<JsonSchema, 'minItems' | 'maxItems'> = {}): JsonSchema => ({
  anyOf: [one, { type: 'array', items: one, ...more }],
});

export const whole = (minimum: number, maximum: number): JsonSchema => ({ type: 'integer', minimum, maximum });

export const ref = (name: string): JsonSchema => ({ $ref: `#/definitions/${name}` });
