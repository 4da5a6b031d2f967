import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { parseSpec, specSchema } from '#spec';
import { scenarios, type Scenario } from './scenario.js';

const ROOT = join(import.meta.dirname, '../..');
const validate = new Ajv({ allowUnionTypes: true }).compile(specSchema());

/** What the schema says of a text, as an editor would have it. */
const accepts = (spec: string): boolean => validate(parse(spec, { merge: true }));
const errorsIn = (spec: string) => parseSpec(spec).diagnostics.filter(({ severity }) => severity === 'error');

const withDocument = [...scenarios()].flatMap(([theme, cases]) =>
  cases
    .filter(({ schema }) => schema !== 'none')
    .map((scenario): [string, Scenario] => [`${theme}: ${scenario.case}`, scenario]),
);

describe('the JSON Schema', () => {
  it.each(withDocument)('agrees with the parser on %s', (_name, { spec, beyond }) => {
    const refused = errorsIn(spec).length > 0;
    if (beyond !== undefined)
      expect({ refused, beyond }).toEqual({ refused: true, beyond: expect.stringMatching(/\w+ \w+/) });
    expect({ accepts: accepts(spec), errors: validate.errors }).toMatchObject({
      accepts: !refused || beyond !== undefined,
    });
  });

  it('accepts the examples of the docs', () => {
    const docs = readFileSync(join(ROOT, 'docs/spec.md'), 'utf8');
    const examples = [...docs.matchAll(/^```yaml\n(.*?)^```\n/gms)].map(([, text = '']) => text);
    const right = examples.filter((text) => errorsIn(text).length === 0);
    expect(right.length).toBeGreaterThan(10);
    expect(right.filter((text) => !accepts(text))).toEqual([]);
  });

  it('tells editors about every key', () => {
    const undescribed: string[] = [];
    const walk = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [key, value] of Object.entries(schema)) {
        if (key !== 'properties') walk(value, `${path}/${key}`);
        else
          for (const [name, property] of Object.entries(value as Record<string, { description?: string }>)) {
            if (!/^[A-Z].{10,}[.`]$/s.test(property.description ?? '')) undescribed.push(`${path}/${name}`);
            walk(property, `${path}/${name}`);
          }
      }
    };
    walk(specSchema(), '');
    expect(undescribed).toEqual([]);
  });

  it('is the one in docs/, which `npm run schema` writes', () =>
    expect(JSON.parse(readFileSync(join(ROOT, 'docs/cairn.schema.json'), 'utf8'))).toEqual(specSchema()));
});
