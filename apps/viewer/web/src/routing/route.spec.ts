import { hrefOf, insideOnly, type Route, routeOf } from './route.js';

describe('routes', () => {
  const routes: readonly Route[] = [
    { page: 'builds', filter: {} },
    { page: 'builds', filter: { repo: 'a/b', branch: 'feature/ü&x=1', status: 'failed' } },
    { page: 'build', build: '00000000a0123456789ab' },
    { page: 'job', build: 'b1', job: 'test--0a1b2c3d' },
    { page: 'job', build: 'b1', job: 'constructor', attempt: 2 },
    { page: 'queue' },
    { page: 'search', search: {} },
    { page: 'search', search: { q: '"a b" c*', repo: 'a/b', branch: 'x', status: 'failed', since: '7d' } },
    { page: 'deliveries' },
    { page: 'repos' },
    { page: 'login', next: 'builds/b1' },
  ];

  it.each(['/', '/ci/', '/a/b/'])('come back from their own address under the prefix %s', (prefix) => {
    for (const route of routes) {
      const url = new URL(hrefOf(route), `http://host${prefix}`);
      expect(routeOf(prefix, url.pathname, url.search)).toEqual(route);
    }
  });

  it('accept the prefix without its slash, and a slash at the end', () => {
    expect(routeOf('/ci/', '/ci', '?status=failed')).toEqual({ page: 'builds', filter: { status: 'failed' } });
    expect(routeOf('/ci/', '/ci/repos/', '')).toEqual({ page: 'repos' });
  });

  it.each([
    '/ci/builds/..',
    '/ci/builds/a%2f..%2fb',
    '/ci/builds/x/jobs',
    '/ci/builds/x/jobs/y/z',
    '/cix',
    '/',
    '/ci/wp-login',
  ])('do not know %s', (path) => expect(routeOf('/ci/', path, '')).toEqual({ page: 'not-found' }));

  it('ignore an attempt that is not a number', () =>
    expect(routeOf('/', '/builds/b/jobs/j', '?attempt=../1')).toEqual({ page: 'job', build: 'b', job: 'j' }));

  it.each([
    '//evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/\\evil',
    '\\\\evil',
    'a\\b',
    'api/builds',
    null,
    '',
  ])('never lead from the log-in to %s', (next) => expect(insideOnly(next)).toBe('./'));
});
