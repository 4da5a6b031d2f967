import { InvalidSettings } from '#errors';

/** `api` without a final slash; `web` is the origin that serves git; `protocols` as for GIT_ALLOW_PROTOCOL. */
export type GitHubAddresses = Readonly<{ api: string; web: string; protocols: string }>;

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const refuse = (problem: string): never => {
  throw new InvalidSettings([`CAIRN_GITHUB_URL ${problem}`]);
};

/**
 * Derives all addresses from `CAIRN_GITHUB_URL`: `https://api.github.com`, `https://api.<name>.ghe.com`, or
 * `https://<host>/api/v3` of a GitHub Enterprise Server. Plain http only on a loopback address. @throws InvalidSettings
 */
export const githubAddresses = (setting: string): GitHubAddresses => {
  const url = URL.canParse(setting) ? new URL(setting) : refuse('is not a URL');
  const plain = url.protocol === 'http:' && LOOPBACK.test(url.hostname);
  if (!plain && url.protocol !== 'https:') refuse('must begin with https:// (http:// only on a loopback address)');
  if (url.username !== '' || url.password !== '') refuse('must not contain credentials: set CAIRN_GITHUB_TOKEN');
  if (url.search !== '' || url.hash !== '') refuse('must end with its path');
  const path = url.pathname.replace(/\/+$/, '');
  // An Enterprise Server has its API below a path of the same host, github.com and ghe.com on a host of its own.
  const host = path === '' ? url.host.replace(/^api\.(?=[^.]+\.)/, '') : url.host;
  return {
    api: `${url.origin}${path}`,
    web: `${url.protocol}//${host}`,
    protocols: plain ? 'http' : 'https:ssh',
  };
};
