import { LargeFileUnavailable } from '#errors';
import { batchCall, downloadCall, redirected, type Call } from './addresses.js';

const SERVER = { url: 'https://forge.example/a/b.git/info/lfs', authorization: 'Basic c2VjcmV0' };
const NEAR = { url: 'http://127.0.0.1:80/a/b.git/info/lfs' };
const action = (href: string, more: object = {}) => ({ href, authenticated: false, ...more });
const sent = ({ url, headers }: Call): unknown => ({ url: url.href, ...Object.fromEntries(headers) });

describe('the addresses of large files', () => {
  it('begin with the one of the repository', () =>
    expect(sent(batchCall(SERVER))).toMatchObject({
      ...{ url: 'https://forge.example/a/b.git/info/lfs/objects/batch', authorization: 'Basic c2VjcmV0' },
    }));

  it.each([
    ['its own, without a word of the server', 'https://forge.example/x', {}, { authorization: 'Basic c2VjcmV0' }],
    ['its own, with a pass in the address', 'https://forge.example/x', { authenticated: true }, {}],
    [
      'its own, with a header of the server',
      'https://forge.example/x',
      { header: { Authorization: 'R x' } },
      { authorization: 'R x' },
    ],
    ['another', 'https://files.example/x', {}, {}],
    ['another port', 'https://forge.example:8443/x', {}, {}],
    ['another, with a header of the server', 'https://files.example/x', { header: { 'X-A': 'b' } }, { 'x-a': 'b' }],
  ])('get the credentials that belong there: %s', (_, href, more, headers) =>
    expect(sent(downloadCall(action(href, more), SERVER))).toEqual({ url: href, ...headers }),
  );

  it('get nothing that is about the connection', () =>
    expect(
      sent(downloadCall(action('https://f.example/', { header: { Host: 'a', 'Content-Length': '9' } }), SERVER)),
    ).toEqual({
      url: 'https://f.example/',
    }));

  it.each([
    'http://files.example/x',
    'http://forge.example/x',
    'http://127.0.0.1/x',
    'http://169.254.169.254/',
    'ftp://files.example/',
    'file:///etc/passwd',
    'https://u:p@files.example/',
    '/x',
    '',
  ])('are never %s', (href) => expect(() => downloadCall(action(href), SERVER)).toThrow(LargeFileUnavailable));

  it('are without https only where the forge is too, on this machine', () => {
    expect(sent(downloadCall(action('http://localhost:9/x'), NEAR))).toEqual({ url: 'http://localhost:9/x' });
    expect(() => downloadCall(action('http://192.168.0.1/'), NEAR)).toThrow(LargeFileUnavailable);
  });

  it('refuse headers that are none', () =>
    expect(() => downloadCall(action('https://f.example/', { header: { 'a b': 'c' } }), SERVER)).toThrow(
      'forge.example wants a header to be sent that is none',
    ));

  it('take credentials along to the same origin alone', () => {
    const call = batchCall(SERVER);
    expect(sent(redirected(call, '/moved', SERVER))).toMatchObject({ authorization: 'Basic c2VjcmV0' });
    expect(sent(redirected(call, 'https://files.example/x', SERVER))).toEqual({ url: 'https://files.example/x' });
    expect(() => redirected(call, 'http://forge.example/x', SERVER)).toThrow(LargeFileUnavailable);
  });
});
