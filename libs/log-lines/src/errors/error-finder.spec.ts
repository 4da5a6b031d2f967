import { ErrorFinder, type FoundError, MOST_ERRORS } from '../index.js';

const found = (...lines: string[]): readonly FoundError[] => {
  const finder = new ErrorFinder();
  lines.forEach((line, at) => finder.add(at + 1, line));
  finder.end();
  return finder.found();
};

describe('what is an error', () => {
  it.each([
    ['error: cannot find the cart', 'error', 'cannot find the cart'],
    ['shopctl: error: cannot find the cart', 'error', 'cannot find the cart'],
    ['fatal: not a git repository', 'error', 'not a git repository'],
    ['ERROR cannot connect', 'error', 'cannot connect'],
    ['[ERROR] cannot connect', 'error', 'cannot connect'],
    ['2026-01-02T03:04:05.678Z ERROR cannot connect', 'error', 'cannot connect'],
    ['2026-01-02 03:04:05,678 - shop.cart - ERROR - cannot connect', 'error', 'cannot connect'],
    ['03:04:05.678 [main] ERROR shop.Cart - cannot connect', 'error', 'shop.Cart - cannot connect'],
    ['ERROR:root:cannot connect', 'error', 'root:cannot connect'],
    ['time="2026-01-02T03:04:05Z" level=error msg="cannot connect" port=1', 'error', 'cannot connect'],
    ['{"level":"warn","msg":"slow"}', 'warning', 'slow'],
    ['WARNING: this is slow', 'warning', 'this is slow'],
    ['warning: this is slow', 'warning', 'this is slow'],
    ['\x1b[31merror\x1b[0m: \x1b[1mred\x1b[0m', 'error', 'red'],
    ['working\rerror: at last', 'error', 'at last'],
    ['::warning file=src/a.js,line=3,col=7::be careful', 'warning', 'be careful'],
    ['Segmentation fault (core dumped)', 'error', 'Segmentation fault (core dumped)'],
    ['#12 0.345 error: in a step of BuildKit', 'error', 'in a step of BuildKit'],
    ['TypeError: cart is undefined', 'error', 'TypeError: cart is undefined'],
  ])('%j', (line, severity, message) => expect(found(line)).toMatchObject([{ severity, message, from: 1, to: 1 }]));

  it.each([
    ...[
      '0 errors',
      '0 errors, 0 warnings',
      'Errors: 0',
      'ERROR: 0',
      'error: none',
      'error: 0 errors',
      'warning: no warnings',
    ],
    ...['error_log.txt', 'created error_log.txt', 'cat /var/log/error.log', 'errors.spec.ts', 'PASS src/error.spec.ts'],
    ...[
      '✓ throws an error: when asked',
      'ok 3 - error: is raised',
      'Error handling is tested',
      'test errors::adds ... ok',
    ],
    ...[
      'no errors found',
      'Found 0 errors.',
      '[INFO] error-prone 2.1',
      'downloading error-stack-parser 2.1',
      'warning',
    ],
    ...['terror: a film', 'Compiling thiserror v1.0.61', 'errors=0', 'level=info msg="error: none"', 'error:', 'ERROR'],
    ...['12:30:45 all is well', 'http://localhost:8080/error', 'main.go:12: listening', '    a_test.go:3: log line'],
    ...['___ a banner ___', '  ● a list', '/usr/share/a.js:3', '[INFO] BUILD SUCCESS', 'go: downloading a v1.0.0'],
    ...['sh: is a shell', 'make: Nothing to be done for all', 'remote: Counting objects: 3', 'FAIL', ' FAIL  src/a.js'],
  ])('not %j', (line) => expect(found(line)).toEqual([]));

  it('hides no error behind what only looked like the beginning of one', () => {
    for (const line of ['___ a banner ___', '  ● a list', '/usr/share/a.js:3', ' FAIL  src/a.js'])
      expect([...found(line, '', 'error: a real one'), ...found(line, 'error: a real one')]).toMatchObject([
        { message: 'a real one', from: 3 },
        { message: 'a real one', from: 2 },
      ]);
  });
});

describe('what is kept of errors', () => {
  it('is one for those that are the same, with how often', () =>
    expect(found('error: a', 'error: b', 'error: a')).toMatchObject([
      { message: 'a', from: 1, times: 2 },
      { message: 'b', from: 2, times: 1 },
    ]));

  it('is a bounded number of each severity', () => {
    const finder = new ErrorFinder();
    for (let n = 1; n <= MOST_ERRORS; n += 1) finder.add(n, `error: ${n} things`);
    for (let n = 1; n <= MOST_ERRORS; n += 1) finder.add(n, `warning: ${n} things`);
    finder.end();
    expect([finder.found().length, finder.truncated]).toEqual([2 * MOST_ERRORS, false]);
    finder.add(MOST_ERRORS + 1, 'error: one more');
    finder.end();
    expect([finder.found().length, finder.truncated]).toEqual([2 * MOST_ERRORS, true]);
  });

  it('is short, however long the lines are', () => {
    const [error] = found(`error: ${'x'.repeat(1_000_000)}`);
    expect(error?.message.length).toBe(500);
    expect(error?.context.map((line) => line.length)).toEqual([200]);
  });

  it('is without blank lines at the end, and what belongs to the error stands with it', () => {
    const [error] = found('a.c:1:2: error: wrong', '  code', '  ^', '', 'next');
    expect(error).toMatchObject({ from: 1, to: 3, context: ['a.c:1:2: error: wrong', '  code', '  ^'] });
  });

  it('is nothing of an error that goes on for ever but its beginning', () => {
    const lines = Array.from({ length: 2000 }, () => '    at a (/cairn/workspace/a.js:1:2)');
    expect(found('TypeError: deep', ...lines)).toMatchObject([{ from: 1, to: 500 }]);
  });

  it('keeps places in the workspace only', () => {
    expect(found('/cairn/workspace/src/a.c:1:2: error: x')[0]?.place).toEqual({ path: 'src/a.c', line: 1, column: 2 });
    expect(found('/usr/include/a.h:1:2: error: x')[0]?.place).toBeUndefined();
    expect(found('../../etc/a.h:1:2: error: x')[0]?.place).toBeUndefined();
  });
});
