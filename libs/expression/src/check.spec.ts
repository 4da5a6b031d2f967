import {
  CAIRN_FIELDS,
  check,
  expressionsOf,
  parseTemplate,
  readExpression,
  readTemplate,
  type Result,
  type Scope,
} from './index.js';

const SCOPE: Scope = {
  where: 'in `image`',
  contexts: {
    cairn: new Set(Object.keys(CAIRN_FIELDS).filter((field) => field !== 'attempt')),
    matrix: new Set(['node', 'os-name']),
    environment: new Set(['CI', 'LEVEL']),
    needs: new Set(['build', 'unit-tests']),
  },
  jobs: new Set(['build', 'unit-tests', 'lint', 'deploy']),
  functions: ['contains', 'startsWith', 'endsWith', 'hash'],
};

/** Each fault as `code @piece of the text: message`. */
const told = (text: string, result: Result<unknown>): string[] =>
  result.ok
    ? []
    : result.faults.map(({ code, offset, length, message }) => {
        expect(code).toMatch(/^CAIRN_SPEC_EXPRESSION_/);
        return `${code.replace('CAIRN_SPEC_EXPRESSION_', '')} @${text.slice(offset, offset + length)}: ${message}`;
      });
const faultsOf = (source: string, scope = SCOPE): string[] => told(source, readExpression(source, scope));
const faultsIn = (text: string, scope = SCOPE): string[] => told(text, readTemplate(text, scope));

describe('an expression that may stand there', () => {
  it.each([
    `matrix.node`,
    `matrix.os-name == 'x' && cairn.branch != ''`,
    `needs.unit-tests.VERSION || needs.build.version_2`,
    `!(environment.CI == true)`,
    `contains(startsWith(cairn.ref, 'x'), 'y')`,
    `hash('package-lock.json', '**/*.lock')`,
    `cairn.build_number >= 10.5`,
    `${'('.repeat(32)}cairn.sha${')'.repeat(32)}`,
    `'${'x'.repeat(3_998)}'`,
  ])('%s', (source) => expect(faultsOf(source)).toEqual([]));
});

describe('a fault of syntax', () => {
  it.each([
    [``, `SYNTAX @: the expression is empty; write what is meant, as \`cairn.branch\``],
    [`a.b &&`, `SYNTAX @: a value is missing after \`&&\``],
    [`|| a.b`, `SYNTAX @||: a value is missing before \`||\``],
    [`a.b || ) c.d`, `SYNTAX @): a value is missing after \`||\``],
    [`(a.b`, `SYNTAX @(: this parenthesis is not closed; a \`)\` is missing`],
    [`a.b)`, `SYNTAX @): there is no \`(\` that this \`)\` closes`],
    [`f(a.b, `, `SYNTAX @: a value is missing after \`,\``],
    [`a.b, c.d`, `SYNTAX @,: a \`,\` stands only between the arguments of a function`],
    [`a.b c.d`, `SYNTAX @c.d: an operator is missing before \`c.d\`, as in \`&&\`, \`||\` or \`==\``],
    [
      `1 < a.b < 3`,
      `SYNTAX @<: one comparison cannot be compared again; join two by \`&&\`, or put one in parentheses`,
    ],
    [`'it`, `SYNTAX @': the text that begins with this \`'\` is not closed; put a \`'\` behind it`],
    [
      `'it\\'s'`,
      `SYNTAX @': the text that begins with this \`'\` is not closed; a \`'\` inside a text is written twice, without \`\\\``,
    ],
    [
      `'a\\'b.c == ''`,
      `SYNTAX @b.c: an operator is missing before \`b.c\`; a \`'\` inside a text is written twice, without \`\\\``,
    ],
    [`matrix.node == "20"`, `SYNTAX @"20": a text is put in single quotes: write \`'20'\``],
    [`"it's" == cairn.sha`, `SYNTAX @"it's": a text is put in single quotes: write \`'it''s'\``],
    [
      `"20 == cairn.sha`,
      `SYNTAX @": \`"\` means nothing in an expression; this \`"\` is not closed; a text is put in single quotes`,
    ],
    [`cairn.sha = 'a'`, `SYNTAX @=: \`=\` is written \`==\` here`],
    [`cairn.sha === 'a'`, `SYNTAX @===: \`===\` is written \`==\` here`],
    [`cairn.sha !== 'a'`, `SYNTAX @!==: \`!==\` is written \`!=\` here`],
    [`cairn.sha <> 'a'`, `SYNTAX @<>: \`<>\` is written \`!=\` here`],
    [`cairn.build_number => 2`, `SYNTAX @=>: \`=>\` is written \`>=\` here`],
    [`cairn.sha & cairn.ref`, `SYNTAX @&: \`&\` is written \`&&\` here`],
    [`cairn.sha | cairn.ref`, `SYNTAX @|: \`|\` is written \`||\` here`],
    [
      `cairn.sha =~ 'a.*'`,
      `SYNTAX @=: \`=\` means nothing in an expression; there are no patterns in expressions; use \`contains\`, \`startsWith\` or \`endsWith\``,
    ],
    [
      `cairn.sha !~ 'a.*'`,
      `SYNTAX @!: \`!\` means nothing in an expression; there are no patterns in expressions; use \`contains\`, \`startsWith\` or \`endsWith\``,
    ],
    [
      `matrix.node + 1`,
      `SYNTAX @+: \`+\` means nothing in an expression; expressions do not calculate; do it in a step`,
    ],
    [
      `matrix.node -1`,
      `SYNTAX @-1: an operator is missing before \`-1\`; expressions do not calculate; do it in a step`,
    ],
    [
      `cairn.tag ? 'a' : 'b'`,
      `SYNTAX @?: \`?\` means nothing in an expression; there is no \`? :\`; write \`condition && 'this' || 'that'\``,
    ],
    [
      `needs['build']`,
      `SYNTAX @[: \`[\` means nothing in an expression; there are no brackets; names are joined by dots, as in \`needs.build.VERSION\``,
    ],
    [
      `\${{ cairn.sha }}`,
      `SYNTAX @$: \`$\` means nothing in an expression; here an expression stands without \`\${{\` and \`}}\``,
    ],
    [`cairn.sha == 😀`, `SYNTAX @😀: \`😀\` means nothing in an expression; a text is put in single quotes`],
    [`$CI`, `SYNTAX @$CI: \`$CI\` is how a shell names a variable; here it is \`environment.CI\``],
    [`\${CI}`, `SYNTAX @\${CI}: \`\${CI}\` is how a shell names a variable; here it is \`environment.CI\``],
    [
      `$CAIRN_BRANCH`,
      `SYNTAX @$CAIRN_BRANCH: \`$CAIRN_BRANCH\` is how a shell names a variable; here it is \`cairn.branch\``,
    ],
    [`1.2.3`, `SYNTAX @1.2.3: \`1.2.3\` is not a number; a text is put in single quotes: \`'1.2.3'\``],
    [`20px`, `SYNTAX @20px: \`20px\` is not a number; a text is put in single quotes: \`'20px'\``],
    [`1e3`, `SYNTAX @1e3: \`1e3\` is not a number; a text is put in single quotes: \`'1e3'\``],
    [`matrix.*`, `SYNTAX @matrix.: there is no \`*\` in a path; name each value, as in \`matrix.NAME\``],
    [
      `matrix..node`,
      `SYNTAX @matrix..node: \`matrix..node\` is not a path: names are joined by single dots, and begin with a letter or \`_\``,
    ],
    [
      `matrix.20`,
      `SYNTAX @matrix.20: \`matrix.20\` is not a path: names are joined by single dots, and begin with a letter or \`_\``,
    ],
    [`cairn.sha and cairn.ref`, `SYNTAX @and: \`and\` is written \`&&\` here`],
    [`not cairn.sha`, `SYNTAX @not: \`not\` is written \`!\` here`],
    [
      `${'!'.repeat(33)}cairn.sha`,
      `TOO_DEEP @!: an expression is nested at most 32 levels deep; do the work in a step`,
    ],
    [
      `'${'x'.repeat(3_999)}'`,
      `TOO_LONG @'${'x'.repeat(3_999)}: an expression has at most 4000 characters; do the work in a step`,
    ],
  ])('%s: %s', (source, fault) => expect(faultsOf(source)).toEqual([fault]));

  it('is told with others in the same expression', () =>
    expect(faultsOf(`matrix.nod = "20" & env.CI`)).toEqual([
      'UNKNOWN_NAME @matrix.nod: there is no `matrix.nod`; did you mean `matrix.node`?',
      'SYNTAX @=: `=` is written `==` here',
      'SYNTAX @"20": a text is put in single quotes: write `\'20\'`',
      'SYNTAX @&: `&` is written `&&` here',
      'UNKNOWN_CONTEXT @env.CI: there is no `env.CI`; it is called `environment.CI` here',
    ]));
});

describe('a fault of names', () => {
  it.each([
    [`matrix.nod`, 'UNKNOWN_NAME @matrix.nod: there is no `matrix.nod`; did you mean `matrix.node`?'],
    [`matrix.python`, 'UNKNOWN_NAME @matrix.python: there is no `matrix.python`; the names are `node` and `os-name`'],
    [`matrix.node.x`, 'UNKNOWN_NAME @matrix.node.x: there is no `matrix.node.x`; `matrix.` is followed by one name'],
    [
      `environment.LEVEL_`,
      'UNKNOWN_NAME @environment.LEVEL_: there is no `environment.LEVEL_`; did you mean `environment.LEVEL`?',
    ],
    [
      `environment.CAIRN_SHA`,
      'UNKNOWN_NAME @environment.CAIRN_SHA: there is no `environment.CAIRN_SHA`; it is called `cairn.sha` here',
    ],
    [`cairn.brunch`, 'UNKNOWN_NAME @cairn.brunch: there is no `cairn.brunch`; did you mean `cairn.branch`?'],
    [`cairn.attempt`, 'NOT_ALLOWED_HERE @cairn.attempt: `cairn.attempt` is not known yet in `image`'],
    [`cairn.constructor`, expect.stringMatching(/^UNKNOWN_NAME @cairn.constructor: .*; the names are `sha`, `ref`, /)],
    [`inputs.level`, 'NOT_ALLOWED_HERE @inputs.level: `inputs.level` cannot be used in `image`'],
    [
      `needs.lint.VERSION`,
      'NOT_NEEDED @needs.lint.VERSION: the job `lint` is not needed by this one; add it to `needs`',
    ],
    [`needs.bild.VERSION`, 'UNKNOWN_NAME @needs.bild.VERSION: there is no job `bild`; did you mean `build`?'],
    [`needs.deplyo.VERSION`, 'UNKNOWN_NAME @needs.deplyo.VERSION: there is no job `deplyo`; did you mean `deploy`?'],
    [`needs.release.VERSION`, 'UNKNOWN_NAME @needs.release.VERSION: there is no job `release`'],
    [
      `needs.build`,
      'UNKNOWN_NAME @needs.build: `needs.build` names no value of the job; write `needs.build.NAME` for what it wrote to `$CAIRN_OUTPUT`',
    ],
    [
      `needs.build.outputs.VERSION`,
      'UNKNOWN_NAME @needs.build.outputs.VERSION: `needs.build.outputs.VERSION` names no value of the job; write `needs.build.VERSION` for what it wrote to `$CAIRN_OUTPUT`',
    ],
    [
      `needs.build.a-b`,
      'UNKNOWN_NAME @needs.build.a-b: `needs.build.a-b` names no value of the job; write `needs.build.NAME` for what it wrote to `$CAIRN_OUTPUT`',
    ],
    [`env.CI`, 'UNKNOWN_CONTEXT @env.CI: there is no `env.CI`; it is called `environment.CI` here'],
    [`github.ref`, 'UNKNOWN_CONTEXT @github.ref: there is no `github.ref`; it is called `cairn.ref` here'],
    [
      `github.ref_name`,
      'UNKNOWN_CONTEXT @github.ref_name: there is no `github.ref_name`; it is called `cairn.branch` here',
    ],
    [
      `github.event.pull_request.number`,
      'UNKNOWN_CONTEXT @github.event.pull_request.number: there is no `github.event.pull_request.number`; it is called `cairn.pull_request` here',
    ],
    [
      `github.workspace`,
      'UNKNOWN_CONTEXT @github.workspace: there is no `github.workspace`; what is known of the build is under `cairn`, as `cairn.branch`',
    ],
    [
      `secrets.TOKEN`,
      'UNKNOWN_CONTEXT @secrets.TOKEN: there is no `secrets.TOKEN`; secrets are named under `secrets:` and come as variables',
    ],
    [
      `steps.a.outputs.b`,
      'UNKNOWN_CONTEXT @steps.a.outputs.b: there is no `steps.a.outputs.b`; a step writes `NAME=value` to `$CAIRN_ENV`, and later steps have the variable `$NAME`',
    ],
    [
      `jobs.build.outputs.X`,
      'UNKNOWN_CONTEXT @jobs.build.outputs.X: there is no `jobs.build.outputs.X`; it is called `needs.build.X` here',
    ],
    [`params.level`, 'UNKNOWN_CONTEXT @params.level: there is no `params.level`; it is called `inputs.level` here'],
    [`matrx.node`, 'UNKNOWN_CONTEXT @matrx.node: there is no `matrx.node`; did you mean `matrix`?'],
    [
      `runner.os`,
      'UNKNOWN_CONTEXT @runner.os: there is no `runner.os`; a path begins with `cairn.`, `matrix.`, `environment.` or `needs.`',
    ],
    [`branch`, 'UNKNOWN_CONTEXT @branch: there is no `branch`; did you mean `cairn.branch`?'],
    [`brnch`, 'UNKNOWN_CONTEXT @brnch: there is no `brnch`; did you mean `cairn.branch`?'],
    [`matrix`, 'UNKNOWN_CONTEXT @matrix: there is no `matrix`; a `.` and a name must follow'],
    [`main`, "UNKNOWN_CONTEXT @main: there is no `main`; a text is put in single quotes: `'main'`"],
    [`True`, 'UNKNOWN_CONTEXT @True: there is no `True`; did you mean `true`?'],
    [`null`, "UNKNOWN_CONTEXT @null: there is no `null`; what is not there is the empty text `''`"],
    [`__proto__.x`, expect.stringMatching(/^UNKNOWN_CONTEXT @__proto__\.x: /)],
  ])('%s: %s', (source, fault) => expect(faultsOf(source)).toEqual([fault]));

  it.each([
    ['matrix', 'matrix.x', ': the job has no `matrix`'],
    ['environment', 'environment.X', ': nothing is set under `environment`'],
    ['inputs', 'inputs.x', ': the pipeline has no inputs'],
  ])('says when there is nothing in `%s`', (context, source, cure) =>
    expect(faultsOf(source, { ...SCOPE, contexts: { [context]: new Set() } })).toEqual([
      `UNKNOWN_NAME @${source}: there is no \`${source}\`${cure}`,
    ]),
  );

  it.each([
    ['needs.build.VERSION', 'put it into `environment` and use that variable'],
    ['cairn.branch', 'use the variable `$CAIRN_BRANCH`'],
    ['cairn.title', 'put it into `environment` and use that variable'],
    ['environment.LEVEL', 'use the variable `$LEVEL`'],
    ['inputs.level', 'put it into `environment` and use that variable'],
  ])('says what to write in a command instead of %s', (source, cure) =>
    expect(faultsOf(source, { where: 'in `run`', contexts: { matrix: new Set() }, command: true })).toEqual([
      `NOT_ALLOWED_HERE @${source}: \`${source}\` may not be put into a command, where a shell would read it; ${cure}`,
    ]),
  );
});

describe('a fault of functions and types', () => {
  it.each([
    [`passed()`, 'NOT_ALLOWED_HERE @passed(): `passed(…)` cannot be used in `image`'],
    [`success()`, 'UNKNOWN_FUNCTION @success(): there is no function `success`; it is called `passed()` here'],
    [
      `hashFiles('a')`,
      "UNKNOWN_FUNCTION @hashFiles('a'): there is no function `hashFiles`; it is called `hash('glob')` here",
    ],
    [
      `startswith('a', 'b')`,
      "UNKNOWN_FUNCTION @startswith('a', 'b'): there is no function `startswith`; did you mean `startsWith`?",
    ],
    [`alwas()`, 'UNKNOWN_FUNCTION @alwas(): there is no function `alwas`; did you mean `always`?'],
    [
      `lower('A')`,
      "UNKNOWN_FUNCTION @lower('A'): there is no function `lower`; there are `contains`, `startsWith`, `endsWith` and `hash`",
    ],
    [`constructor()`, expect.stringMatching(/^UNKNOWN_FUNCTION /)],
    [`contains('a')`, "ARGUMENTS @contains('a'): `contains(…)` is called as `contains(text, part)`"],
    [
      `contains('a', 'b', 'c')`,
      "ARGUMENTS @contains('a', 'b', 'c'): `contains(…)` is called as `contains(text, part)`",
    ],
    [`hash()`, "ARGUMENTS @hash(): `hash(…)` is called as `hash('glob', …)`"],
    [`hash('a', matrix.node)`, 'ARGUMENTS @matrix.node: a glob of `hash` is a text in single quotes'],
    [
      `'a' < 3`,
      "TYPE @'a' < 3: `<` compares decimal numbers; on the left is the text `a`, on the right is the number `3`",
    ],
    [`matrix.node < 'a'`, "TYPE @matrix.node < 'a': `<` compares decimal numbers; on the right is the text `a`"],
    [
      `matrix.node < (1 == 2)`,
      'TYPE @matrix.node < (1 == 2): `<` compares decimal numbers; on the right is `true` or `false`',
    ],
    [
      `(true || !cairn.sha) >= 1`,
      'TYPE @(true || !cairn.sha) >= 1: `>=` compares decimal numbers; on the left is `true` or `false`, on the right is the number `1`',
    ],
  ])('%s: %s', (source, fault) => expect(faultsOf(source)).toEqual([fault]));
});

describe('the faults of a text', () => {
  it.each([
    [
      'a ${{ cairn.sha',
      [
        "UNCLOSED @${{: this `${{` is not closed; put `}}` behind the expression; to have `${{` as a text, write `${{ '${{' }}`",
      ],
    ],
    ['${{ ${{ cairn.sha }}', [expect.stringMatching(/^UNCLOSED @\$\{\{: /)]],
    ['${{ cairn.sha } }', [expect.stringMatching(/^SYNTAX @}: /)]],
    ['${{}}', [expect.stringMatching(/^SYNTAX @: the expression is empty/)]],
    ["${{ 'a }}", [expect.stringMatching(/^SYNTAX @': the text that begins with this/)]],
    [
      "${{ 'a }} ${{ x.y }}",
      [expect.stringMatching(/^SYNTAX @': /), expect.stringMatching(/^UNKNOWN_CONTEXT @x\.y: /)],
    ],
    ['${{ "a }} ${{ "b" }}', [expect.stringMatching(/^SYNTAX @": /), expect.stringMatching(/^SYNTAX @"b": /)]],
    ['${{ ${CI}}}', [expect.stringMatching(/^SYNTAX @\$\{CI\}: /)]],
    [
      'node:${{ matrix.nod }} ${{ + }}',
      [expect.stringMatching(/^UNKNOWN_NAME @matrix\.nod: /), expect.stringMatching(/^SYNTAX @\+: /)],
    ],
  ])('%j are all told: %j', (text, faults) => expect(faultsIn(text)).toEqual(faults));

  it('are told up to the twentieth', () => {
    expect(faultsIn('${{ x }}'.repeat(100))).toHaveLength(20);
    expect(faultsIn(`\${{ ${'='.repeat(99)} }}`)).toHaveLength(20);
  });

  it('are those of `check` when it was parsed before', () => {
    const template = parseTemplate('node:${{ matrix.nod }}');
    if (!template.ok) throw new Error('not parsed');
    const faults = expressionsOf(template.value).flatMap((expression) => check(expression, SCOPE));
    expect(faults).toEqual([expect.objectContaining({ offset: 9, length: 10 })]);
  });
});
