import { environmentFrom, outputsFrom } from './exchange.js';

const files = (environment: string | Buffer, outputs: string | Buffer = '') => ({
  environment: Buffer.from(environment),
  outputs: Buffer.from(outputs),
});

describe('what steps hand on', () => {
  it('is KEY=value lines, of which the last of a key counts', () =>
    expect([...environmentFrom(files('A=1\n\nB=x = y \nA=žluť\nEMPTY='))]).toEqual([
      ['A', 'žluť'],
      ['B', 'x = y '],
      ['EMPTY', ''],
    ]));

  it.each([
    ['no name', '=1', 'line 1 is not of the form KEY=value'],
    ['no equals sign', 'A=1\nhello', 'line 2 is not of the form KEY=value'],
    ['an impossible name', 'A-B=1', 'line 1 is not of the form KEY=value'],
    ['PATH', 'PATH=/tmp', 'PATH cannot be set'],
    ['HOME', 'HOME=/tmp', 'HOME cannot be set'],
    ['what the loader reads', 'LD_PRELOAD=/tmp/x.so', 'LD_PRELOAD cannot be set'],
    ["Cairn's own", 'CAIRN_SHA=1', 'CAIRN_SHA cannot be set'],
    ['a NUL', 'A=\0', 'NUL'],
    ['bytes that are no text', Buffer.from([0x41, 0x3d, 0xff]), 'not text in UTF-8'],
  ])('refuses %s in the environment', (_, text, words) =>
    expect(() => environmentFrom(files(text))).toThrow(new RegExp(`^what was written to \\$CAIRN_ENV .*${words}`)),
  );

  it('may have any name as an output, but not any size', () => {
    expect([...outputsFrom(files('', 'PATH=/x'))]).toEqual([['PATH', '/x']]);
    expect(() => outputsFrom(files('', `A=${'x'.repeat(70_000)}`))).toThrow('CAIRN_OUTPUT');
  });
});
