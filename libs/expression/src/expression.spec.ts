import {
  evaluate,
  expand,
  parseExpression,
  parseTemplate,
  printExpression,
  reduce,
  reduceTemplate,
  type Result,
  type Value,
  type Values,
} from './index.js';

const names = (entries: Record<string, string>): ReadonlyMap<string, string> => new Map(Object.entries(entries));
const VALUES: Values = {
  cairn: names({ branch: 'main', title: "it's", attempt: '2', tag: '' }),
  matrix: names({ node: '20', version: '3.10', flag: 'false' }),
  environment: names({ CI: 'true' }),
  inputs: names({ level: '' }),
  needs: new Map([['build', names({ VERSION: '1.2.3', COUNT: '7' })]]),
};
const STATUS = { passed: () => true, failed: () => false };

const given = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.faults.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return result.value;
};
const messages = (result: Result<unknown>): string[] => (result.ok ? [] : result.faults.map(({ message }) => message));
const valueOf = (source: string): Result<Value> => evaluate(given(parseExpression(source)), VALUES, STATUS);

describe('an expression', () => {
  it.each<[string, Value]>([
    [`'it''s'`, "it's"],
    [`cairn.title`, "it's"],
    [`007`, '007'],
    [`-1.50`, '-1.50'],
    [`true`, true],
    [`cairn.tag`, ''],
    [`needs.build.VERSION`, '1.2.3'],
    [`needs.build.NOTHING`, ''],
    [`needs.other.VERSION`, ''],
    // equality: texts, exactly
    [`matrix.node == 20`, true],
    [`matrix.node == 20.0`, false],
    [`matrix.version == 3.1`, false],
    [`environment.CI == true`, true],
    [`environment.CI == 'TRUE'`, false],
    [`(1 == 1) == 'true'`, true],
    [`cairn.branch != 'main'`, false],
    // order: decimal numbers
    [`matrix.node < 100`, true],
    [`matrix.version <= 3.1`, true],
    [`matrix.version >= 3.1`, true],
    [`matrix.version > 3.9`, false],
    [`-2 < -1`, true],
    [`-0 < 0`, false],
    [`0.50 <= 0.5`, true],
    [`9007199254740993 > 9007199254740992`, true],
    [`0.1 < 0.09`, false],
    // what is true
    [`!''`, true],
    [`!'false'`, true],
    [`!matrix.flag`, true],
    [`!'0'`, false],
    [`!0`, false],
    [`!!cairn.branch`, true],
    // operands
    [`inputs.level || 'low'`, 'low'],
    [`cairn.branch || 'low'`, 'main'],
    [`'' || false || ''`, ''],
    [`cairn.branch && 'on a branch' || 'elsewhere'`, 'on a branch'],
    [`cairn.tag && 'on a tag' || 'elsewhere'`, 'elsewhere'],
    [`'a' && ''`, ''],
    [`true || 'a' < 1`, true],
    [`false && 'a' < 1`, false],
    // precedence
    [`true || false && false`, true],
    [`(true || false) && false`, false],
    [`!true == false`, true],
    [`!(true == false)`, true],
    // functions
    [`contains(cairn.branch, 'ai')`, true],
    [`contains('abababac', 'ababac')`, true],
    [`contains('aabaaab', 'aaaa')`, false],
    [`contains('', '')`, true],
    [`contains(1 == 1, 'ru')`, true],
    [`startsWith(cairn.branch, 'ma')`, true],
    [`startsWith(cairn.branch, 'in')`, false],
    [`endsWith(cairn.branch, 'in')`, true],
    [`passed() && !failed() && always()`, true],
  ])('%s is %p', (source, value) => expect(valueOf(source)).toEqual({ ok: true, value }));

  it.each([
    [
      `needs.build.VERSION < 2`,
      '`<` compares decimal numbers; on the left is the text `1.2.3`, on the right is the number `2`',
    ],
    [`2 >= cairn.tag`, '`>=` compares decimal numbers; on the left is the number `2`, on the right is an empty text'],
    [`true < 2`, '`<` compares decimal numbers; on the left is `true` or `false`, on the right is the number `2`'],
    [
      `!(cairn.tag > 1) || true`,
      '`>` compares decimal numbers; on the left is an empty text, on the right is the number `1`',
    ],
    [
      `contains(cairn.tag > 1, '')`,
      '`>` compares decimal numbers; on the left is an empty text, on the right is the number `1`',
    ],
    [`hash('a')`, '`hash(…)` has no meaning here'],
  ])('%s fails: %s', (source, message) => expect(messages(valueOf(source))).toEqual([message]));
});

describe('what is left of an expression', () => {
  const known: Values = { matrix: VALUES.matrix ?? new Map(), cairn: names({ branch: 'main', title: "it's" }) };
  const left = (source: string): unknown => given(reduce(given(parseExpression(source)), known));

  it.each([
    [`matrix.node == 20 && needs.build.VERSION`, `needs.build.VERSION`],
    [`needs.build.X == cairn.title`, `needs.build.X == 'it''s'`],
    [`needs.build.X || cairn.branch || needs.build.Y`, `needs.build.X || 'main'`],
    [`needs.build.X || '' || false`, `needs.build.X || false`],
    [`needs.build.X && (matrix.node < 'a')`, `needs.build.X && '20' < 'a'`],
    [`passed() && cairn.branch == 'main'`, `passed() && true`],
    [`cairn.attempt == matrix.node`, `cairn.attempt == '20'`],
    [`!(needs.build.X == 20)`, `!(needs.build.X == 20)`],
    [`contains(needs.build.X, cairn.branch)`, `contains(needs.build.X, 'main')`],
    [`hash('a/*', 'b')`, `hash('a/*', 'b')`],
    [`(needs.a.X || needs.a.Y) && 'x'`, `(needs.a.X || needs.a.Y) && 'x'`],
  ])('%s → %s', (source, rest) => expect(left(source)).toEqual({ done: false, source: rest }));

  it.each<[string, Value]>([
    [`matrix.node == 20`, true],
    [`cairn.branch != 'main' && passed()`, false],
    [`cairn.branch || needs.build.X`, 'main'],
  ])('%s → nothing, it is %p', (source, value) => expect(left(source)).toEqual({ done: true, value }));

  it('is a fault when it is sure to fail', () =>
    expect(messages(reduce(given(parseExpression(`cairn.branch < 3 || passed()`)), known))).toEqual([
      '`<` compares decimal numbers; on the left is the text `main`, on the right is the number `3`',
    ]));
});

describe('a text with expressions', () => {
  const expanded = (text: string): string => given(expand(given(parseTemplate(text)), VALUES, STATUS));

  it.each([
    ['', ''],
    ['npm test', 'npm test'],
    ['node:${{ matrix.node }}', 'node:20'],
    ['${{matrix.node}}${{ cairn.branch }}!', '20main!'],
    ["${{ '${{' }} and }}", '${{ and }}'],
    ["${{ '}}' }}", '}}'],
    ['${{\n  matrix.node\n== 20 }}', 'true'],
    ['$${{ matrix.node }}', '$20'],
    ['${${{ matrix.node }}}', '${20}'],
  ])('%j → %j', (text, expected) => expect(expanded(text)).toBe(expected));

  it('is left with what is not known yet, and with its `${{` as such', () => {
    const known: Values = { cairn: names({ title: "${{ x }} '" }) };
    const template = given(parseTemplate("${{ cairn.title }}-${{ '${{' }}-${{ needs.a.B || cairn.title }}"));
    const reduced = given(reduceTemplate(template, known));
    expect(reduced).toEqual({
      done: false,
      source: "${{ '${{' }} x }} '-${{ '${{' }}-${{ needs.a.B || '${{ x }} ''' }}",
    });
    if (reduced.done) return;
    const values: Values = { needs: new Map([['a', names({ B: 'b' })]]) };
    expect(given(expand(given(parseTemplate(reduced.source)), values))).toBe("${{ x }} '-${{-b");
  });
});

describe('printExpression', () => {
  it.each([
    [`((a.b))`, `a.b`],
    [`!(!(a.b))`, `!!a.b`],
    [`(a.b&&c.d)||e.f`, `a.b && c.d || e.f`],
    [`a.b&&(c.d||e.f)`, `a.b && (c.d || e.f)`],
    [`(a.b||c.d)||e.f`, `(a.b || c.d) || e.f`],
    [`(a.b==1)==(2<3)`, `(a.b == 1) == (2 < 3)`],
    [`!(a.b==1)`, `!(a.b == 1)`],
    [`contains( a.b ,'x''y' )`, `contains(a.b, 'x''y')`],
  ])('%s → %s', (source, printed) => expect(printExpression(given(parseExpression(source)))).toBe(printed));
});

describe('the limits', () => {
  const title = (text: string): Values => ({ cairn: names({ title: text }) });
  const whole = (text: string): Result<Value> => evaluate(given(parseExpression('cairn.title')), title(text));

  it('are 64 KiB for a value, as UTF-8', () => {
    for (const fits of ['x'.repeat(65_536), 'é'.repeat(32_768), '漢'.repeat(21_845), '😀'.repeat(16_384)]) {
      expect(whole(fits)).toEqual({ ok: true, value: fits });
      expect(messages(whole(`${fits}xx`))).toEqual([
        'a value in an expression has at most 65536 bytes (64 KiB); put it into a file',
      ]);
    }
  });

  it('hold for what a function gives', () => {
    const hash = (globs: readonly string[]): string => globs.join().repeat(40_000);
    expect(messages(evaluate(given(parseExpression(`hash('a*', 'b')`)), {}, { hash }))).toHaveLength(1);
    const short = evaluate(given(parseExpression(`hash('a*', 'b')`)), {}, { hash: (globs) => globs.join() });
    expect(short).toEqual({ ok: true, value: 'a*,b' });
  });

  it('are 64 KiB for a text that was put together, and none for one without expressions', () => {
    const twice = given(parseTemplate('${{ cairn.title }}${{ cairn.title }}'));
    expect(given(expand(twice, title('x'.repeat(32_768))))).toHaveLength(65_536);
    expect(messages(expand(twice, title('x'.repeat(32_769))))).toEqual([
      'a text with expressions in it has at most 65536 bytes (64 KiB); put it into a file',
    ]);
    const many = given(parseTemplate('${{ cairn.title }}'.repeat(10_000)));
    expect(messages(expand(many, title('x'.repeat(65_536))))).toHaveLength(1);
    const plain = 'x'.repeat(100_000);
    expect(given(expand(given(parseTemplate(plain)), {}))).toBe(plain);
  });

  it('hold for what is left when values are filled in', () => {
    const source = 'needs.a.B == cairn.title';
    expect(messages(reduce(given(parseExpression(source)), title('x'.repeat(65_530))))).toEqual([
      'with its values filled in, an expression has at most 65536 characters; put them into a file',
    ]);
    expect(messages(reduceTemplate(given(parseTemplate(`\${{ ${source} }}`)), title('x'.repeat(65_530))))).toHaveLength(
      1,
    );
    expect(reduce(given(parseExpression(source)), title('x'.repeat(60_000)))).toMatchObject({ ok: true });
  });
});
