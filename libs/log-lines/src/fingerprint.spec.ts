import { fingerprintOf, normalised } from './index.js';

const print = (message: string, path?: string, tool = 'generic'): string =>
  fingerprintOf({ severity: 'error', tool, message, path });

describe('fingerprint', () => {
  it.each([
    ['connection to 10.0.0.3:41234 refused', 'connection to 10.0.0.9:52001 refused'],
    ['request 7f3c8a52-1b9d-4c6e-8f00-1a2b3c4d5e6f failed', 'request 00000000-1111-2222-3333-444444444444 failed'],
    ['no object at 0x7f312ab132b0', 'no object at 0x7f99deadbeef'],
    ['commit 437ac3a2629 is not there', 'commit f98b60cfdff is not there'],
    ['timed out after 5000ms', 'timed out after 12.5 s'],
    ['at 2026-01-02T03:04:05Z it broke', 'at 2026-11-12 23:24:25.678+01:00 it broke'],
    ['cannot open /tmp/cairn-x1/a.txt', 'cannot open /tmp/other/9/b.txt'],
    ['cannot open /cairn/workspace/a.txt', 'cannot open /data/slots/s-9/workspace/a.txt'],
    ['expected 3 to be 4', 'expected 5 to be 6'],
    ['two  spaces', 'two spaces'],
  ])('is the same: %s', (one, other) => expect(print(one)).toBe(print(other)));

  it.each([
    ['cannot open a.txt', 'cannot open b.txt'],
    ['TS2322: wrong type', 'TS2345: wrong type'],
    ['mismatched types (E0308)', 'mismatched types (E0425)'],
    ['utf8 is broken', 'utf16 is broken'],
    ['test_a: assert', 'test_b: assert'],
    ["undefined: 'cart'", "undefined: 'card'"],
  ])('is another: %s', (one, other) => expect(print(one)).not.toBe(print(other)));

  it('tells files, tools and severities apart, not lines', () => {
    const all = [
      print('x', 'a.c'),
      print('x', 'b.c'),
      print('x', 'a.c', 'gcc'),
      fingerprintOf({ severity: 'warning', tool: 'generic', message: 'x', path: 'a.c' }),
      print('x'),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('never changes: it is stored and compared over years', () => {
    expect(print('cannot open a.txt', 'src/a.c', 'gcc')).toBe('83bf19d437fb124f');
    expect(normalised('at 12:00:01 5 of 7 in 3ms: 0xff /tmp/x')).toBe(
      'at <time> <n> of <n> in <duration>: <hex> <temporary>',
    );
  });

  it('has few collisions', () => {
    const words = Array.from({ length: 40 }, (_, at) => `w${at}`);
    const prints = words.flatMap((a) => words.flatMap((b) => words.map((c) => print(`${a} ${b} ${c}`))));
    expect(new Set(prints).size).toBe(prints.length);
  });
});
