import { loginIn, RegistryCredentials, registryOfImage } from './registry-auth.js';

const auth = (pair: string): string => Buffer.from(pair).toString('base64');

describe('registryOfImage', () => {
  it.each([
    ['node', 'docker.io'],
    ['node:22', 'docker.io'],
    ['library/node', 'docker.io'],
    ['docker.io/library/node', 'docker.io'],
    ['index.docker.io/me/app', 'docker.io'],
    ['localhost/app', 'localhost'],
    ['127.0.0.1:5000/app:1', '127.0.0.1:5000'],
    ['registry.example.org/team/app@sha256:ab', 'registry.example.org'],
  ])('of %s is %s', (image, registry) => expect(registryOfImage(image)).toBe(registry));
});

describe('loginIn', () => {
  const config = JSON.stringify({
    auths: {
      'https://index.docker.io/v1/': { auth: auth('me:with:colons') },
      'registry.example.org': { username: 'ann', password: 'word' },
      'http://127.0.0.1:5000': { auth: auth('bob:secret') },
      'token.example.org': { auth: auth('x:y'), identitytoken: 'a token' },
      'helper.example.org': {},
    },
    credsStore: 'desktop',
  });
  it.each([
    ['docker.io', { serveraddress: 'https://index.docker.io/v1/', username: 'me', password: 'with:colons' }],
    ['registry.example.org', { serveraddress: 'registry.example.org', username: 'ann', password: 'word' }],
    ['127.0.0.1:5000', { serveraddress: 'http://127.0.0.1:5000', username: 'bob', password: 'secret' }],
    ['token.example.org', { serveraddress: 'token.example.org', identitytoken: 'a token' }],
    ['helper.example.org', undefined],
    ['example.org', undefined],
  ])('for %s', (registry, login) => expect(loginIn(config, registry)).toEqual(login));

  it('is nothing where nothing is written', () => {
    for (const text of ['{}', '{"auths":null}', '{"auths":[]}']) expect(loginIn(text, 'docker.io')).toBeUndefined();
  });
});

describe('RegistryCredentials', () => {
  it('names the setting when the file cannot be read, and needs none', async () => {
    await expect(new RegistryCredentials('/nowhere/config.json').of('a')).rejects.toThrow(/CAIRN_REGISTRY_AUTH_FILE/);
    expect(await new RegistryCredentials(undefined).of('a')).toBeUndefined();
  });
});
