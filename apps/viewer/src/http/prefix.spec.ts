import { prefixOf, withoutPrefix } from './prefix.js';

describe('prefix', () => {
  it.each([
    [undefined, ''],
    ['https://ci.example', ''],
    ['https://ci.example/', ''],
    ['https://ci.example/cairn/', '/cairn'],
    ['https://ci.example/a/b', '/a/b'],
  ])('of %s is %j', (url, expected) => expect(prefixOf(url)).toBe(expected));

  it.each([
    ['/cairn', '/'],
    ['/cairn?x=1', '/?x=1'],
    ['/cairn/', '/'],
    ['/cairn/api/builds?x=1', '/api/builds?x=1'],
    ['/cairns/api', '/cairns/api'],
    ['/api/builds', '/api/builds'],
  ])('%s is %s', (url, expected) => expect(withoutPrefix('/cairn', url)).toBe(expected));
});
