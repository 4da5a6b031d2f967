import fc from 'fast-check';
import { placesIn } from '../index.js';

const named = (text: string): string[] =>
  placesIn(text).map(
    ({ path, line, column, from, to }) =>
      `${path} ${line}${column === undefined ? '' : ` ${column}`} in ${text.slice(from, to)}`,
  );

describe('places in a line', () => {
  it.each([
    ['src/a.ts:3', ['src/a.ts 3 in src/a.ts:3']],
    ['at f (src/a.ts:3:14)', ['src/a.ts 3 14 in src/a.ts:3:14']],
    ['./src/a.ts:3:14: error', ['src/a.ts 3 14 in ./src/a.ts:3:14']],
    ['src/a.ts(3,14): error', ['src/a.ts 3 14 in src/a.ts(3,14)']],
    ['[ERROR] /cairn/workspace/src/A.java:[3,14] x', ['src/A.java 3 14 in /cairn/workspace/src/A.java:[3,14]']],
    ['  File "/cairn/workspace/a b.py", line 3, in f', ['a b.py 3 in File "/cairn/workspace/a b.py", line 3']],
    ['/data/slots/s1/workspace/a.c:3', ['a.c 3 in /data/slots/s1/workspace/a.c:3']],
    [
      'Dockerfile:3, docker/Dockerfile:4',
      ['Dockerfile 3 in Dockerfile:3', 'docker/Dockerfile 4 in docker/Dockerfile:4'],
    ],
    ['a/../b.c:3', ['b.c 3 in a/../b.c:3']],
    ['file:///cairn/workspace/a.js:2:64', ['a.js 2 64 in file:///cairn/workspace/a.js:2:64']],
    ['--> src/main.rs:4:22', ['src/main.rs 4 22 in src/main.rs:4:22']],
    ['a.c:3 b.c:4', ['a.c 3 in a.c:3', 'b.c 4 in b.c:4']],
  ])('%s', (text, expected) => expect(named(text)).toEqual(expected));

  it.each([
    ...['/etc/passwd.txt:1', '../a.c:3', 'a/../../b.c:3', '/cairn/workspace/../x.c:3', '~/a.c:3', 'a.c:0'],
    ...['http://example.com/a.js:8080', 'https://a.b.com:443/x', 'localhost:8080', '12:30:45', '127.0.0.1:80', 'a.c'],
    ...['File "<stdin>", line 1', 'File "/usr/lib/a.py", line 1', 'node:internal/a.js:1:2'],
  ])('not in %s', (text) => expect(named(text)).toEqual([]));

  it('never leads out of the workspace, and its offsets are in the text', () =>
    fc.assert(
      fc.property(
        fc
          .array(
            fc.constantFrom(
              '..',
              '/',
              './',
              'a',
              'b.c',
              ':1',
              ':2',
              '(3,4)',
              'File "',
              '", line 5',
              '/cairn/workspace',
              ' ',
            ),
          )
          .map((parts) => parts.join('')),
        (text) => {
          for (const { path, line, from, to } of placesIn(text)) {
            expect(path.startsWith('/') || path.split('/').includes('..')).toBe(false);
            expect(line).toBeGreaterThan(0);
            expect(0 <= from && from < to && to <= text.length).toBe(true);
          }
        },
      ),
      { numRuns: 1000 },
    ));
});
