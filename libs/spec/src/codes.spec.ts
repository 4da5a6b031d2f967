import { readFileSync } from 'node:fs';
import { SPEC_CODES } from './codes.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const docs = read('../../../docs/spec-errors.md');
const documented = [...docs.matchAll(/^\| `CAIRN_SPEC_(\w+)` +\| [^|]+ \| [^|]+ \|$/gm)].map(([, code = '']) => code);
/** Those that no text can bring about, or only a very long one: other specs have them. */
const ELSEWHERE = [
  ...['FILE_TOO_LARGE', 'TOO_DEEP', 'TOO_MANY_PARTS', 'TOO_MANY_ALIASES', 'CONTROL_CHARACTER', 'MORE_ERRORS'],
  ...['TOO_MANY_JOBS', 'PLAN_TOO_LARGE', 'INPUTS_GIVEN', 'EXPANDED', 'JOB_ID', 'NOT_YET'],
];

describe('the codes of diagnostics', () => {
  it('are all in docs/spec-errors.md, and nothing else is', () =>
    expect([...documented].sort()).toEqual([...SPEC_CODES].sort()));

  it('each have a spec that brings them about', () => {
    const wrong = read('./wrong-specs.txt');
    const missing = SPEC_CODES.filter((code) => !new RegExp(`^=> .*\\d ${code} `, 'm').test(wrong));
    expect([...missing].sort()).toEqual([...ELSEWHERE].sort());
  });
});
