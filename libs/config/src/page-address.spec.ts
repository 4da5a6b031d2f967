import { InvalidSettings } from '#errors';
import { PageLinkConfig, ServiceConfig, WithPageAddress, loadConfig, publicUrl, type Environment } from './index.js';

class PageConfig extends WithPageAddress(ServiceConfig) {}

describe.each([
  ['who serves the pages', PageConfig],
  ['who links to them', PageLinkConfig],
])('the address of the pages, for %s', (_, type) => {
  const address = (environment: Environment): string => publicUrl(loadConfig(type, environment));

  it.each<[Environment, string]>([
    [{}, 'http://127.0.0.1:8080'],
    [{ CAIRN_HTTP_HOST: '::1', CAIRN_HTTP_PORT: '81' }, 'http://[::1]:81'],
    [{ CAIRN_PUBLIC_URL: 'https://ci.example.org/cairn/' }, 'https://ci.example.org/cairn'],
  ])('by %j is %s', (environment, url) => expect(address(environment)).toBe(url));

  it('is refused when it is none, and so is what every service needs', () => {
    const wrong = { CAIRN_PUBLIC_URL: 'ftp://x', CAIRN_HTTP_PORT: '65536', CAIRN_NATS_URL: 'x' };
    try {
      address(wrong);
      throw new Error('it was taken');
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidSettings);
      for (const name of Object.keys(wrong)) expect(String((error as Error).message)).toContain(name);
    }
  });
});
