import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { TestReport } from '#events';
import type { TextFilter } from './excerpt.js';
import { TestReports, type ReportOptions } from './test-reports.js';

const golden = (name: string): Buffer => readFileSync(new URL(`golden/${name}.xml`, import.meta.url));

/** In pieces of so many bytes. */
async function* pieces(bytes: Uint8Array, size = bytes.length || 1): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const reportOf = async (
  content: string | Uint8Array,
  options: ReportOptions = {},
  size?: number,
): Promise<TestReport> => {
  const reports = new TestReports({ root: '/workspace', ...options });
  await reports.read('r.xml', pieces(Buffer.from(content), size));
  return reports.report;
};
const inSuite = (text: string): string => `<testsuite name="s">${text}</testsuite>`;
const first = async (text: string, options?: ReportOptions) => (await reportOf(inSuite(text), options)).cases[0];

describe('a test report', () => {
  it.each([
    // What the tool itself counts; where it says it in two places, both agree.
    ['pytest', { passed: 4, failed: 2, errors: 2, skipped: 2 }],
    ['pytest-xunit1', { passed: 4, failed: 2, errors: 2, skipped: 2 }],
    ['jest-junit', { passed: 2, failed: 1, errors: 0, skipped: 1 }],
    ['mocha-xunit', { passed: 1, failed: 1, errors: 0, skipped: 1 }],
    ['mocha-junit-reporter', { passed: 1, failed: 1, errors: 0, skipped: 0 }],
    ['go-junit-report', { passed: 2, failed: 2, errors: 0, skipped: 1 }],
    ['ctest', { passed: 1, failed: 1, errors: 0, skipped: 2 }],
    ['surefire', { passed: 2, failed: 1, errors: 1, skipped: 1 }],
    ['phpunit', { passed: 1, failed: 1, errors: 0, skipped: 1 }],
    ['gtest', { passed: 1, failed: 1, errors: 0, skipped: 2 }],
  ])('of %s is read as the tool means it, however it is cut', async (tool, totals) => {
    const report = await reportOf(golden(tool));
    expect(report).toMatchObject({ totals, files: 1, unread: [], cut: { cases: 0, texts: 0 } });
    expect(report.cases.map(({ outcome }) => outcome)).toEqual([
      ...report.cases
        .filter(({ outcome }) => outcome === 'failed' || outcome === 'error')
        .map(({ outcome }) => outcome),
      ...Array<string>(totals.skipped).fill('skipped'),
      ...Array<string>(totals.passed).fill('passed'),
    ]);
    for (const size of [1, 7, 255]) expect(await reportOf(golden(tool), {}, size)).toEqual(report);
    expect(report.cases.filter(({ name, suite }) => name === '' || suite === '')).toEqual([]);
  });

  it('has names, places, messages and traces', async () => {
    expect((await reportOf(golden('pytest'))).cases[0]).toEqual({
      ...{ outcome: 'failed', suite: 'pytest', name: 'test_fails', classname: 'tests.test_engine' },
      ...{ file: 'tests/test_engine.py', line: 9, durationMs: 1 },
      message: expect.stringMatching(/^AssertionError: a < b & "c"\nassert/),
      details: expect.stringMatching(/^def test_fails\(\):\n.*\n(.*\n)*tests\/test_engine.py:9: AssertionError$/),
    });
    const xunit1 = (await reportOf(golden('pytest-xunit1'))).cases;
    expect(xunit1[0]).toMatchObject({ line: 9, stdout: expect.stringContaining('before it fails') });
    expect(xunit1[0]?.stderr).toContain('told on stderr');
    expect(xunit1.find(({ name }) => name === 'test_adds')).toEqual({
      ...{ outcome: 'passed', suite: 'pytest', name: 'test_adds', classname: 'tests.test_engine' },
      ...{ file: 'tests/test_engine.py', line: 3, durationMs: 0 },
    });
    expect(
      (await reportOf(golden('surefire'))).cases.map((test) => [test.name, test.durationMs, test.message]),
    ).toEqual([
      ['hasTeeth', 12, 'expected: <2> but was: <1>'],
      ['starts', 5, 'java.lang.IllegalStateException'],
      ['later', 0, 'not today'],
      ['turns', 1_204_031, undefined],
      ['flakes', 1, undefined],
    ]);
    expect((await reportOf(golden('surefire'))).cases[0]).toMatchObject({ stdout: 'looking at the teeth\n' });
    expect(JSON.stringify(await reportOf(golden('surefire')))).not.toContain('second time');
    expect((await reportOf(golden('phpunit'))).cases[0]).toMatchObject({
      suite: '/workspace/phpunit.xml › Unit › EngineTest › EngineTest::testTeeth',
      ...{ file: 'tests/EngineTest.php', line: 16 },
      message: 'EngineTest::testTeeth with data set #0 (1)',
    });
    const [teeth] = (await reportOf(golden('gtest'))).cases;
    expect(teeth?.details).toMatch(/^engine_test.cc:11\n(.*\n)*engine_test.cc:12\nFailed$/);
    expect((await reportOf(golden('go-junit-report'))).cases[1]?.name).toBe('TestTeeth/second_<&>');
  });

  it('is one of all files, and one that cannot be read is named with its line', async () => {
    const reports = new TestReports();
    for (const [name, text] of [
      ['a.xml', inSuite('<testcase name="a"/>')],
      ['b.xml', `<testsuite>\n<testcase name="b"/>\n<testcase name="c"><failure>why`],
      ['c.xml', '<html></html>'],
      ['d.xml', ''],
      ['e.xml', 'hello'],
      ['f.xml', inSuite('<testcase name="f"></testsuite>')],
    ] as const)
      await reports.read(name, pieces(Buffer.from(text)));
    const { totals, files, unread, cases } = reports.report;
    expect([totals, files]).toEqual([{ passed: 2, failed: 1, errors: 0, skipped: 0 }, 6]);
    expect(cases[0]).toMatchObject({ name: 'c', message: 'why', outcome: 'failed' });
    expect(unread).toEqual([
      { file: 'b.xml', line: 3, reason: 'it ends in the middle' },
      { file: 'c.xml', line: 1, reason: 'it is no JUnit report: it begins with <html>' },
      { file: 'd.xml', line: 1, reason: 'it is empty, or no XML' },
      { file: 'e.xml', line: 1, reason: 'it is empty, or no XML' },
      { file: 'f.xml', line: 1, reason: expect.stringMatching(/^it is no XML: unexpected close tag/) },
    ]);
  });

  it('never looks at entities that a file declares', async () => {
    const bomb = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>`;
    const xxe = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>';
    for (const head of [bomb, xxe])
      expect(
        await reportOf(`${head}${inSuite('<testcase name="&b;&a;"><failure>&a;</failure></testcase>')}`),
      ).toMatchObject({
        cases: [],
        unread: [{ file: 'r.xml', line: 1, reason: 'it declares entities' }],
      });
    const plain = '<!DOCTYPE testsuites SYSTEM "junit.dtd">';
    expect(await reportOf(`${plain}${inSuite('<testcase name="&a; &lt;"/>')}`)).toMatchObject({
      cases: [{ name: '&a; <' }],
      unread: [],
    });
  });

  it('takes what tools write that is no XML', async () => {
    expect(
      await first('<testcase name="a\u0000\u001b[1m & b"><failure>x\u0008 && y < z</failure></testcase>'),
    ).toMatchObject({
      name: 'a [1m & b',
      details: expect.stringContaining('x\u0008 && y'),
    });
    expect(await first('<testcase><error/></testcase>')).toEqual({ outcome: 'error', suite: 's', name: '' });
    expect(await first('<error message="no suite">x</error>')).toMatchObject({
      outcome: 'error',
      name: 's',
      message: 'no suite',
    });
    expect(await first('<testcase name="a" time="NaN" line="x"/>')).toEqual({
      outcome: 'passed',
      suite: 's',
      name: 'a',
    });
    const latin = Buffer.from(
      '<?xml version="1.0" encoding="ISO-8859-1"?><testsuite><testcase name="\u00fc"/></testsuite>',
      'latin1',
    );
    expect((await reportOf(latin, {}, 3)).cases[0]?.name).toBe('ü');
    const wide = Buffer.from(
      '\ufeff<?xml version="1.0" encoding="UTF-16"?><testsuite><testcase name="ü"/></testsuite>',
      'utf16le',
    );
    expect((await reportOf(wide, {}, 3)).cases[0]?.name).toBe('ü');
  });

  it('says what its limits keep out, and lists what failed before all else', async () => {
    const long = `${'a'.repeat(5_000)}middle${'z'.repeat(5_000)}`;
    const failed = await first(`<testcase name="${long}"><failure>${long}</failure></testcase>`, {
      limits: { text: 1_000 },
    });
    expect(failed?.name).toBe(`${'a'.repeat(511)}…`);
    expect(failed?.details).toMatch(/^a{470}\n… 9066 characters left out …\nz{470}$/);
    const many = Array.from({ length: 50 }, (_, n) => `<testcase name="p${n}"/>`).join('');
    const report = await reportOf(inSuite(`${many}<testcase name="last"><failure>${long}</failure></testcase>`), {
      limits: { others: 20, failureTexts: 3_000 },
    });
    expect(report).toMatchObject({ totals: { passed: 50, failed: 1 }, cut: { cases: 40, texts: 1 } });
    expect(report.cases.map(({ name }) => name).slice(0, 2)).toEqual(['last', 'p0']);
    const large = inSuite(many);
    expect((await reportOf(large, { limits: { fileBytes: 500 } }, 64)).unread).toEqual([
      { file: 'r.xml', line: 1, reason: 'it has more than 500 bytes: what comes after them is not read' },
    ]);
    expect((await reportOf('<testsuite>'.repeat(200))).unread[0]?.reason).toBe('its elements are too deep');
    const wide = Array.from({ length: 300 }, (_, n) => `a${n}="x"`).join(' ');
    expect((await reportOf(`<testsuite ${wide}/>`)).unread[0]?.reason).toBe('an element has too many attributes');
  });

  it('keeps no text that its filter takes out, wherever a text is cut', async () => {
    // Holds back all until the end, as one that looks for something long does.
    const filter = (): TextFilter => {
      let held = '';
      return { push: (text) => ((held += text), ''), end: () => held.replaceAll('SECRET', '***') };
    };
    const text = `${'x'.repeat(464)}SECRET${'y'.repeat(3_000)}SECRET${'z'.repeat(466)}`;
    const xml = golden('surefire')
      .toString()
      .replaceAll(/teeth|again|EngineTest|turns/g, 'SECRET');
    const test = `<testcase name="SECRET" classname="SECRET" file="SECRET"><failure message="${text}">${text}</failure><system-out>${text}</system-out></testcase>`;
    for (const content of [xml, inSuite(test)])
      expect(JSON.stringify(await reportOf(content, { filter, limits: { text: 1_000, message: 467 } }))).not.toMatch(
        /SE|RET/,
      );
  });

  it('never throws or hangs, whatever the bytes, and counts the same however they are cut', async () => {
    const tools = ['pytest', 'surefire', 'gtest', 'phpunit', 'jest-junit', 'ctest'].map(golden);
    const mutated = fc
      .tuple(fc.constantFrom(...tools), fc.nat(), fc.nat(), fc.uint8Array({ maxLength: 12 }))
      .map(([bytes, at, skip, put]) => {
        const from = at % bytes.length;
        return Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + (skip % 40))]);
      });
    const token = fc.constantFrom(
      '<',
      '>',
      '</',
      '/>',
      '<testsuite',
      '<testcase',
      '<failure',
      ' name="',
      '"',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '<!DOCTYPE',
      '[',
      ']',
      '&#x',
      ';',
      '<?',
      '?>',
      'x',
      '\0',
    );
    const soup = fc.array(token, { maxLength: 60 }).map((tokens) => Buffer.from(`<testsuite>${tokens.join('')}`));
    const cut = fc
      .tuple(fc.constantFrom(...tools), fc.nat())
      .map(([bytes, at]) => bytes.subarray(0, at % bytes.length));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(mutated, cut, soup, fc.uint8Array({ maxLength: 200 })),
        fc.integer({ min: 1, max: 400 }),
        async (bytes, size) => {
          const whole = await reportOf(bytes);
          expect({ ...(await reportOf(bytes, {}, size)), unread: [] }).toEqual({ ...whole, unread: [] });
          const { passed, failed, errors, skipped } = whole.totals;
          expect(whole.cases).toHaveLength(passed + failed + errors + skipped);
        },
      ),
      { numRuns: 500 },
    );
  });
});
