import { AllowedHosts, isLoopback } from './allowed-hosts.js';

describe('allowed hosts', () => {
  const local = new AllowedHosts(8080, '::1', undefined);
  const named = new AllowedHosts(8080, '10.0.0.5', 'https://CI.example/cairn');

  it.each(['127.0.0.1:8080', 'localhost:8080', 'LOCALHOST:8080', '[::1]:8080'])('knows %s', (host) =>
    expect(local.allowsHost(host)).toBe(true),
  );
  it.each([
    undefined,
    '',
    'localhost',
    'localhost:8081',
    'evil.example:8080',
    'localhost.evil.example:8080',
    '127.1:8080',
  ])('does not know %s', (host) => expect(local.allowsHost(host)).toBe(false));
  it('knows the configured and the public name', () => {
    for (const host of ['10.0.0.5:8080', 'ci.example', 'ci.example:443']) expect(named.allowsHost(host)).toBe(true);
    for (const host of ['ci.example:80', 'ci.example:8080', 'ci.example.']) expect(named.allowsHost(host)).toBe(false);
    expect(new AllowedHosts(80, '127.0.0.1', undefined).allowsHost('localhost')).toBe(true);
  });
  it('lets only its own pages send requests', () => {
    for (const origin of [undefined, 'https://ci.example', 'http://localhost:8080'])
      expect(named.allowsOrigin(origin)).toBe(true);
    for (const origin of [
      'null',
      '',
      'http://ci.example',
      'https://ci.example.evil',
      'https://localhost:8080',
      'http://localhost',
    ])
      expect(named.allowsOrigin(origin)).toBe(false);
  });
  it.each([
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['127.0.0.1.evil.example', false],
    ['ci.example', false],
  ])('%s is this machine: %s', (host, expected) => expect(isLoopback(host)).toBe(expected));
});
