import { InvalidSettings } from '#errors';
import { githubAddresses } from './github-addresses.js';

describe('the addresses of GitHub', () => {
  it.each([
    ['https://api.github.com', 'https://api.github.com', 'https://github.com', 'https:ssh'],
    ['https://api.github.com/', 'https://api.github.com', 'https://github.com', 'https:ssh'],
    ['https://api.acme.ghe.com', 'https://api.acme.ghe.com', 'https://acme.ghe.com', 'https:ssh'],
    ['https://git.acme.org/api/v3', 'https://git.acme.org/api/v3', 'https://git.acme.org', 'https:ssh'],
    [
      'https://api.git.acme.org:8443/api/v3/',
      'https://api.git.acme.org:8443/api/v3',
      'https://api.git.acme.org:8443',
      'https:ssh',
    ],
    ['https://api/api/v3', 'https://api/api/v3', 'https://api', 'https:ssh'],
    ['http://127.0.0.1:3000/api/v3', 'http://127.0.0.1:3000/api/v3', 'http://127.0.0.1:3000', 'http'],
    ['http://[::1]:3000', 'http://[::1]:3000', 'http://[::1]:3000', 'http'],
    ['http://localhost', 'http://localhost', 'http://localhost', 'http'],
  ])('%s', (setting, api, web, protocols) => expect(githubAddresses(setting)).toEqual({ api, web, protocols }));

  it.each([
    ['api.github.com', /is not a URL/],
    ['http://github.example.org/api/v3', /must begin with https/],
    ['http://127.0.0.1.example.org', /must begin with https/],
    ['ftp://github.example.org', /must begin with https/],
    ['https://ada:secret@github.example.org', /must not contain credentials/],
    ['https://github.example.org/?x=secret', /must end with its path/],
  ])('refuses %s, without repeating it', (setting, problem) => {
    expect(() => githubAddresses(setting)).toThrow(InvalidSettings);
    expect(() => githubAddresses(setting)).toThrow(problem);
    expect(() => githubAddresses(setting)).not.toThrow(/secret|example/);
  });
});
