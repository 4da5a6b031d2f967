import { execFileSync } from 'node:child_process';
import { maskedText } from '../log/masker.js';
import { PatternMatcher } from '../log/pattern-matcher.js';
import { patternsOf } from './encodings.js';

const TOKEN = `gx/P+5?"~o'kp>é $t%&`;
const KEY = `-----BEGIN KEY-----\n${'Zm9v/+YmFyYmF6cXV1eA'.repeat(3)}\n{"a": "b c",\n  "secret\\": 12345 }\n}\n-----END KEY-----\n`;

const mask = (value: string, text: string): string =>
  maskedText(text, new PatternMatcher([...patternsOf(value)].map((pattern) => Buffer.from(pattern))));
const bash = (script: string, SECRET: string): string =>
  execFileSync('bash', ['-c', script], {
    env: { PATH: process.env['PATH'], SECRET, LC_ALL: 'C.UTF-8' },
    encoding: 'utf8',
  });

/** What is left may be of the last bytes of a secret that share a character with what follows them. */
describe('forms of a secret', () => {
  it.each([
    ['as it is', TOKEN],
    ['in JSON', JSON.stringify(TOKEN).slice(1, -1)],
    ['in JSON in JSON', JSON.stringify(JSON.stringify(TOKEN)).slice(3, -3)],
    ['in a URL', encodeURIComponent(TOKEN)],
    ['in a form', new URLSearchParams([['', TOKEN]]).toString().slice(1)],
    ['in base64', Buffer.from(TOKEN).toString('base64')],
    ['in base64 for URLs', Buffer.from(TOKEN).toString('base64url')],
    ['in hexadecimal', Buffer.from(TOKEN).toString('hex')],
    ['in capital hexadecimal', Buffer.from(TOKEN).toString('hex').toUpperCase()],
    [
      'in HTML',
      TOKEN.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('>', '&gt;').replaceAll("'", '&#39;'),
    ],
  ])('%s', (_, text) => expect(mask(TOKEN, `<${text}>`)).toBe('<***>'));

  it.each([1, 2, 3, 4, 5])('in base64 behind %i bytes, and before others', (before) => {
    for (const encoding of ['base64', 'base64url'] as const) {
      const text = Buffer.from(`${'u'.repeat(before)}${TOKEN}:after`).toString(encoding);
      const out = mask(TOKEN, text);
      expect(out).toContain('***');
      expect(out.length).toBeLessThan(Math.ceil(((before + 9) * 4) / 3) + 3);
    }
  });

  it.each([
    ['base64 of echo', 'echo "$SECRET" | base64 -w0'],
    ['base64 of printf', 'printf %s "$SECRET" | base64 -w0'],
    ['printf %q', 'printf %q "$SECRET"'],
    ['set -x', '{ set -x; : "$SECRET"; } 2>&1'],
    ['od', 'printf %s "$SECRET" | od -An -v -tx1 | tr -d " \\n"'],
  ])('%s', (_, script) =>
    expect(mask('pa$$ w"rd it\'s', bash(script, 'pa$$ w"rd it\'s'))).toMatch(/^(\+ : .?)?\*\*\*['\n]*$/),
  );

  it('a key of several lines: whole, without its newlines, by the line, wrapped in base64', () => {
    for (const script of ['printf %s "$SECRET"', 'echo $SECRET', 'echo "$SECRET"', 'echo "$SECRET" | base64'])
      expect(mask(KEY, bash(script, KEY))).toMatch(/^\*\*\*(Cg==)?\n*$/); // Cg==: the second newline
    expect(mask(KEY, bash('printf %s "$SECRET" | sed "s/^/> /"', KEY))).toBe(
      '> ***\n> ***\n> ***\n>   ***\n> }\n> ***\n',
    );
    expect(mask(KEY, KEY.replaceAll('\n', '\r\n'))).toBe('***\r\n');
    expect(mask(KEY.replaceAll('\n', '\r\n'), KEY)).toBe('***\n');
    expect(mask(KEY, JSON.stringify(KEY))).toBe('"***\\n"');
  });

  it('none begins with space, which would hold up the end of every line', () => {
    for (const pattern of patternsOf(`\n  ${KEY}  \n`)) expect(pattern).toMatch(/^\S/);
  });

  it('are bounded: of a value of 16 KiB they have at most seventy times as much', () => {
    const value = Array.from({ length: 256 }, (_, n) => `${n}:/"'&é`.padEnd(62, 'x')).join('\n');
    const matcher = new PatternMatcher([...patternsOf(value)].map((pattern) => Buffer.from(pattern)));
    expect(matcher.nodes).toBeLessThan(70 * 16 * 1_024);
  });
});
