import { readFileSync } from 'node:fs';
import { parseSpec } from './index.js';

const docs = readFileSync(new URL('../../../docs/spec.md', import.meta.url), 'utf8');
/** Each `yaml` example, with the `text` block behind it, if there is one: what is said about the example. */
const examples = [...docs.matchAll(/^```yaml\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms)].map(
  ([, text = '', expected = '']) => ({ text, expected: expected.split('\n').filter((line) => line !== '') }),
);

describe('docs/spec.md', () => {
  it('has examples', () => expect(examples.length).toBeGreaterThan(15));

  it.each(examples)('example %# does what is said: $text', ({ text, expected }) => {
    const { diagnostics } = parseSpec(text);
    expect(diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual(expected);
  });
});
