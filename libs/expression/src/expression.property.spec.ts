import fc from 'fast-check';
import { Faults, type Fault } from './fault.js';
import {
  CAIRN_FIELDS,
  check,
  evaluate,
  expand,
  expressionsOf,
  MAX_EXPRESSION,
  MAX_REDUCED,
  parseExpression,
  parseTemplate,
  printExpression,
  printTemplate,
  readExpression,
  readTemplate,
  reduce,
  reduceTemplate,
  usesOf,
  type Expression,
  type Names,
  type Result,
  type Scope,
  type Value,
  type Values,
} from './index.js';
import { Lexer } from './lexer.js';
import { Parser } from './parser.js';

const SCOPE: Scope = {
  where: 'here',
  contexts: {
    cairn: new Set(Object.keys(CAIRN_FIELDS)),
    matrix: new Set(['a', 'b']),
    environment: new Set(['CI']),
    inputs: new Set(['level']),
    needs: new Set(['build']),
  },
  functions: ['contains', 'startsWith', 'endsWith', 'passed', 'failed', 'always', 'hash'],
};
const FUNCTIONS = { passed: () => true, failed: () => false, hash: (globs: readonly string[]) => globs.join('+') };

const faultsOf = (result: Result<unknown>): readonly Fault[] => (result.ok ? [] : result.faults);

/** What holds for every answer: it is one, or says what is wrong with which piece of the text. */
const holds = (text: string, result: Result<unknown>): void => {
  if (!result.ok) expect(result.faults.length).toBeGreaterThan(0);
  let last = 0;
  for (const { offset, length, message, code } of faultsOf(result)) {
    expect(code).toMatch(/^CAIRN_SPEC_EXPRESSION_[A-Z_]+$/);
    expect(message).toMatch(/^\P{Cc}+$/u);
    expect(offset).toBeGreaterThanOrEqual(last);
    expect(length).toBeGreaterThanOrEqual(0);
    expect(offset + length).toBeLessThanOrEqual(text.length);
    last = offset;
  }
};

const holdsForAll = (text: string): void => {
  holds(text, parseExpression(text));
  holds(text, readExpression(text, SCOPE));
  holds(text, parseTemplate(text));
  holds(text, readTemplate(text, SCOPE));
};

const VALID = [
  `matrix.a == 20 && (cairn.branch != 'it''s' || !passed()) || contains(needs.build.VERSION, "x")`.replaceAll('"', "'"),
  `hash('a/*', '**/b') || inputs.level && environment.CI >= -1.50`,
  `!(true == (1 < 2)) && startsWith(cairn.title, 'x')`,
];
const PIECES = [
  ...['matrix.a', 'cairn.branch', 'needs.build.X', 'environment.CI', 'env.X', 'branch', 'true', '20', '-1.5', `'x'`],
  ...[
    `''`,
    `'`,
    '"',
    '(',
    ')',
    ',',
    '!',
    '&&',
    '||',
    '==',
    '!=',
    '<',
    '<=',
    '>',
    '>=',
    '=',
    '&',
    '|',
    '.',
    '-',
    '$',
    '$CI',
  ],
  ...[
    'contains(',
    'passed()',
    'hash(',
    'f(',
    '${{',
    '}}',
    '{',
    '}',
    '[',
    '\\',
    ' ',
    '\n',
    '\u2028',
    '😀',
    '\ud83d',
    '\0',
    'and',
  ],
];

describe('any text', () => {
  it('gets an answer', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), holdsForAll), { numRuns: 1_000 });
  });

  it('of the pieces of expressions gets an answer', () => {
    const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((pieces) => pieces.join(''));
    fc.assert(fc.property(text, holdsForAll), { numRuns: 4_000 });
  });

  it('that was an expression before something was cut out or put in gets an answer', () => {
    const change = fc.tuple(fc.nat(100), fc.nat(6), fc.constantFrom('', ...PIECES));
    const changes = fc.array(change, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(...VALID), changes, fc.boolean(), (valid, all, inTemplate) => {
        let text = valid;
        for (const [at, length, put] of all) text = text.slice(0, at) + put + text.slice(at + length);
        holdsForAll(inTemplate ? `a \${{ ${text} }} b` : text);
      }),
      { numRuns: 4_000 },
    );
  });

  it.each(VALID)('the mutations begin with what is right: %s', (source) =>
    expect(readExpression(source, SCOPE)).toMatchObject({ ok: true }),
  );
});

describe('the work is in proportion to the text', () => {
  /** Turns of the lexers and looks of the parsers, as `parseTemplate` has them. */
  const workFor = (text: string): number => {
    let work = 0;
    for (let open = text.indexOf('${{'), end = 0; open >= 0; open = text.indexOf('${{', end)) {
      const lexer = new Lexer(text, open + 3, true, new Faults(), MAX_EXPRESSION);
      const lexed = lexer.run();
      const parser = new Parser(text, lexed.tokens, new Faults());
      parser.run();
      work += lexer.steps + parser.steps;
      expect(lexed.end).toBeGreaterThan(end);
      end = lexed.end;
    }
    return work;
  };

  it.each([
    ['${{'],
    ['${{ }}'],
    [`\${{ '''`],
    [`\${{ '}}`],
    [`\${{ "`],
    ['('],
    ['!'],
    ['a||'],
    ['a.b&&'],
    ['f('],
    [`''`],
    [`'`],
    ['=='],
    [' '],
    ['a.'],
    ['-'],
    ['$'],
    ['😀'],
  ])('of many times %s', (piece) => {
    for (const count of [1_000, 10_000]) {
      const text = '${{' + piece.repeat(count);
      expect(workFor(text)).toBeLessThanOrEqual(10 * text.length);
      holdsForAll(text);
    }
  });
});

/** A tree without its places. */
const shapeOf = (expression: Expression): unknown =>
  JSON.parse(
    JSON.stringify(expression, (key, value: unknown) => (key === 'offset' || key === 'length' ? undefined : value)),
  );

const span = { offset: 0, length: 0 };
const text = fc.oneof(
  fc.constantFrom('', 'false', 'true', '1', '20', "it's", '${{', '}}', "'"),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const path = fc.constantFrom(
  ...[
    ['matrix', 'a'],
    ['matrix', 'b'],
    ['cairn', 'branch'],
    ['cairn', 'attempt'],
    ['environment', 'CI'],
  ],
  ...[
    ['needs', 'build', 'X'],
    ['needs', 'build', 'Y'],
    ['needs', 'other', 'X'],
  ],
);
const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    path.map((names): Expression => ({ kind: 'path', names, ...span })),
    text.map((value): Expression => ({ kind: 'text', value, ...span })),
    fc.constantFrom('0', '20', '-1.50', '007').map((source): Expression => ({ kind: 'number', source, ...span })),
    fc.boolean().map((value): Expression => ({ kind: 'boolean', value, ...span })),
    tie('tree').map((operand): Expression => ({ kind: 'not', operand, ...span })),
    fc
      .tuple(fc.constantFrom('==', '!=', '<', '<=', '>', '>='), tie('tree'), tie('tree'))
      .map(([operator, left, right]): Expression => ({ kind: 'compare', operator, left, right, ...span })),
    fc
      .tuple(fc.constantFrom('all', 'any'), fc.array(tie('tree'), { minLength: 2, maxLength: 4 }))
      .map(([kind, operands]): Expression => ({ kind, operands, ...span })),
    fc
      .tuple(fc.constantFrom('contains', 'startsWith', 'endsWith'), tie('tree'), tie('tree'))
      .map(([name, ...args]): Expression => ({ kind: 'call', name, args, ...span })),
    fc
      .constantFrom('passed', 'failed', 'always')
      .map((name): Expression => ({ kind: 'call', name, args: [], ...span })),
    fc.constant<Expression>({ kind: 'call', name: 'hash', args: [{ kind: 'text', value: 'a*', ...span }], ...span }),
  ),
}));

describe('an expression', () => {
  it('is the same tree after it was printed and parsed', () => {
    fc.assert(
      fc.property(tree, (expression) => {
        const again = parseExpression(printExpression(expression), MAX_REDUCED);
        if (!again.ok) throw new Error(`${printExpression(expression)}: ${JSON.stringify(again.faults)}`);
        expect(shapeOf(again.value)).toEqual(shapeOf(expression));
      }),
      { numRuns: 3_000 },
    );
  });

  it('has each of its places where its source is', () => {
    fc.assert(
      fc.property(tree, (expression) => {
        const source = printExpression(expression);
        const parsed = parseExpression(source, MAX_REDUCED);
        if (!parsed.ok) return;
        const { offset, length } = parsed.value;
        const own = parseExpression(source.slice(offset, offset + length), MAX_REDUCED);
        expect(own.ok && shapeOf(own.value)).toEqual(shapeOf(expression));
        for (const { names, ...place } of usesOf(parsed.value).paths)
          expect(source.slice(place.offset, place.offset + place.length)).toBe(names.join('.'));
      }),
      { numRuns: 1_000 },
    );
  });
});

const names = (...of: string[]): fc.Arbitrary<Names> =>
  fc.dictionary(fc.constantFrom(...of), text).map((entries) => new Map(Object.entries(entries)));
const values = fc
  .tuple(names('a', 'b'), names('branch', 'attempt'), names('CI'), names('X', 'Y'))
  .map(([matrix, cairn, environment, build]): Values => ({
    matrix,
    cairn,
    environment,
    needs: new Map([['build', build]]),
  }));

/** The same with other words: what a fault says may name the place in what is left. */
const outcomeOf = (result: Result<Value>): unknown =>
  result.ok ? result.value : result.faults.map(({ code, message }) => [code, message]);

describe('what is left after a part is known', () => {
  it.each([
    ['needs and functions later', ({ matrix, cairn, environment }: Values): Values => ({ matrix, cairn, environment })],
    ['all values, but no functions', (all: Values): Values => all],
    ['nothing at first', (): Values => ({})],
  ] as const)('has the value that the whole has: %s', (_, first) => {
    let left = 0;
    fc.assert(
      fc.property(tree, values, (expression, all) => {
        const whole = outcomeOf(evaluate(expression, all, FUNCTIONS));
        const reduced = reduce(expression, first(all));
        if (!reduced.ok) return expect(evaluate(expression, all, FUNCTIONS).ok).toBe(false); // perhaps of another place
        if (reduced.value.done) return expect(reduced.value.value).toEqual(whole);
        left++;
        const rest = parseExpression(reduced.value.source, MAX_REDUCED);
        if (!rest.ok) throw new Error(`${reduced.value.source}: ${JSON.stringify(rest.faults)}`);
        expect(outcomeOf(evaluate(rest.value, all, FUNCTIONS))).toEqual(whole);
      }),
      { numRuns: 3_000 },
    );
    expect(left).toBeGreaterThan(100);
  });

  it('has the text that the whole text has', () => {
    const template = fc.array(fc.oneof(text, tree), { maxLength: 5 });
    fc.assert(
      fc.property(template, values, (parts, all) => {
        const parsed = parseTemplate(printTemplate(parts), MAX_REDUCED);
        if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
        const whole = expand(parts, all, FUNCTIONS);
        const again = expand(parsed.value, all, FUNCTIONS);
        expect(again.ok).toBe(whole.ok);
        if (whole.ok) expect(again).toEqual(whole);
        const reduced = reduceTemplate(parts, { matrix: all.matrix ?? new Map(), cairn: all.cairn ?? new Map() });
        if (!reduced.ok) return expect(whole.ok).toBe(false);
        if (reduced.value.done) return expect(whole).toEqual({ ok: true, value: reduced.value.value });
        const rest = parseTemplate(reduced.value.source, MAX_REDUCED);
        if (!rest.ok) throw new Error(`${reduced.value.source}: ${JSON.stringify(rest.faults)}`);
        const later = expand(rest.value, all, FUNCTIONS);
        expect(later.ok).toBe(whole.ok);
        if (whole.ok) expect(later).toEqual(whole);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('an expression that was checked', () => {
  it('fails only for what has no order', () => {
    fc.assert(
      fc.property(tree, values, (expression, all) => {
        if (check(expression, SCOPE).length > 0) return;
        for (const { code } of faultsOf(evaluate(expression, all, FUNCTIONS)))
          expect(code).toBe('CAIRN_SPEC_EXPRESSION_TYPE');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the uses of expressions', () => {
  it('are all paths, functions and globs, in their order', () => {
    const template = parseTemplate(
      `\${{ needs.a.B || hash('x', 'y') }} \${{ passed() && matrix.a == needs.a.B }}\${{ hash('z') }}`,
    );
    if (!template.ok) throw new Error('not parsed');
    const { paths, functions, hashes } = usesOf(...expressionsOf(template.value));
    expect(paths.map((used) => used.names.join('.'))).toEqual(['needs.a.B', 'matrix.a', 'needs.a.B']);
    expect([...functions]).toEqual(['hash', 'passed']);
    expect(hashes).toEqual([['x', 'y'], ['z']]);
  });
});
