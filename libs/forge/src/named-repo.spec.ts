import { repoAtHost } from './repo-at-host.js';
import { repoBelow } from './repo-below.js';

describe('the repository that a URL means', () => {
  it.each([
    'https://github.com/acme/lib',
    'https://github.com/acme/lib.git',
    'https://GitHub.com/acme/lib.git/',
    'http://github.com/acme/lib',
    'ssh://git@github.com/acme/lib.git',
    'git://github.com/acme/lib.git',
    'git@github.com:acme/lib.git',
  ])('at GitHub: %s', (url) => expect(repoAtHost(url, 'https://github.com')).toBe('acme/lib'));

  it.each([
    'https://gitlab.com/acme/lib',
    'https://github.com.example.org/acme/lib',
    'https://github.com:8443/acme/lib',
    'https://github.com@169.254.169.254/acme/lib',
    'https://user:pass@github.com/acme/lib',
    'https://user@github.com/acme/lib',
    'https://github.com/acme/lib?x=1',
    'https://github.com/acme/lib/more',
    'https://github.com/acme/..',
    'https://github.com/acme',
    'http://169.254.169.254/latest/meta-data',
    'git@example.org:acme/lib.git',
    'root@github.com:acme/lib.git',
    'ext::sh -c touch% /tmp/x',
    'file:///etc/passwd',
    '/etc/passwd',
    '--upload-pack=touch /tmp/x',
    '',
  ])('none at GitHub: %s', (url) => expect(repoAtHost(url, 'https://github.com')).toBeUndefined());

  it('at a server with a port of its own', () => {
    expect(repoAtHost('http://127.0.0.1:3000/acme/lib', 'http://127.0.0.1:3000')).toBe('acme/lib');
    expect(repoAtHost('http://127.0.0.1/acme/lib', 'http://127.0.0.1:3000')).toBeUndefined();
  });

  it.each(['/srv/git/acme/lib', '/srv/git/acme/lib.git', '/srv/git/acme/lib/.git', 'file:///srv/git/acme/lib.git'])(
    'below the root: %s',
    (url) => expect(repoBelow(url, '/srv/git')).toBe('acme/lib'),
  );

  it.each([
    'file:///etc',
    '/srv/git/../other/lib',
    '/srv/git/acme/../../../etc/passwd',
    '/srv/git-other/acme/lib',
    '/srv/git/acme',
    '/srv/git/acme/lib/more',
    'file://host/srv/git/acme/lib',
    'https://github.com/acme/lib',
    'acme/lib',
  ])('none below the root: %s', (url) => expect(repoBelow(url, '/srv/git')).toBeUndefined());
});
