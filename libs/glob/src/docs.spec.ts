import { readFileSync } from 'node:fs';
import { compileGlobs } from './index.js';

const docs = readFileSync(new URL('../../../docs/spec-patterns.md', import.meta.url), 'utf8');

/** A list of patterns, and what is said about it in the lines that are indented. */
const examples = [...docs.matchAll(/^```pattern\n(.*?)^```/gms)].map(([, block = '']) => {
  const lines = block.split('\n').filter((line) => line !== '');
  const said = (words: string): string[] =>
    lines.filter((line) => line.startsWith(`  ${words} `)).map((line) => line.slice(words.length + 3));
  const namesAfter = (words: string): string[] => said(words).flatMap((names) => names.split(' and '));
  return {
    patterns: lines.filter((line) => !line.startsWith(' ')),
    matching: namesAfter('matches'),
    others: namesAfter('but not'),
    faults: said('is wrong:'),
  };
});

describe('docs/spec-patterns.md', () => {
  it('has examples', () => expect(examples.length).toBeGreaterThan(7));

  it.each(examples)('example %#: $patterns does what is said', ({ patterns, matching, others, faults }) => {
    const compiled = compileGlobs(patterns);
    expect(compiled.ok ? [] : compiled.faults.map(({ message }) => message)).toEqual(faults);
    expect(matching.length + others.length + faults.length).toBeGreaterThan(0);
    if (!compiled.ok) return;
    expect([...matching, ...others].filter((name) => compiled.globs.matches(name))).toEqual(matching);
  });

  it('names every code', () => {
    const codes = [...docs.matchAll(/^\| `(CAIRN_SPEC_GLOB_\w+)`/gm)].map(([, code]) => code);
    expect(codes).toEqual(['SYNTAX', 'NEVER_MATCHES', 'TOO_LONG', 'TOO_MANY'].map((name) => `CAIRN_SPEC_GLOB_${name}`));
  });
});
