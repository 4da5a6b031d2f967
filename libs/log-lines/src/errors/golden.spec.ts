import { readdirSync, readFileSync } from 'node:fs';
import { ErrorFinder, type FoundError } from '../index.js';

const folder = new URL('../golden/', import.meta.url);
const textOf = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => name.slice(0, -'.txt'.length));

const found = (text: string): readonly FoundError[] => {
  const finder = new ErrorFinder();
  text.split('\n').forEach((line, at) => finder.add(at + 1, line));
  finder.end();
  return finder.found();
};

/** `3-7 error tool src/a.ts:1:2 | message`, and how often where it is more than once. */
const asLine = ({ severity, tool, message, place, from, to, times }: FoundError): string => {
  const at = place ? [place.path, place.line, place.column].filter((part) => part !== undefined).join(':') : '-';
  return `${from}-${to} ${severity} ${tool} ${at}${times > 1 ? ` ×${times}` : ''} | ${message}\n`;
};

/** What the tools printed, recorded with the tools themselves; golden/README.md says which. */
describe('errors in the output of real tools', () => {
  it.each(names)('%s', (name) => {
    expect(
      found(textOf(`${name}.txt`))
        .map(asLine)
        .join(''),
    ).toBe(textOf(`${name}.found`));
  });
});
