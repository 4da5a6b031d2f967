import { isRepo } from './checked-names.js';

/** `git@host:owner/name`, as ssh has it. */
const SCP = /^(?:git@)?([a-z0-9.-]+):(?!\/\/)\/?(.+)$/i;
const PROTOCOLS = ['https:', 'http:', 'ssh:', 'git:'];

/** The path of a URL that names nothing but a place at the host; undefined when it has a password, a query, or another host. */
const pathAt = (url: string, web: URL): string | undefined => {
  const [, scpHost, scpPath] = SCP.exec(url) ?? [];
  if (scpHost !== undefined) return scpHost.toLowerCase() === web.hostname ? scpPath : undefined;
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(url);
  // Another port than the forge's is another server, except that ssh and git have ports of their own.
  const samePort = ['ssh:', 'git:'].includes(protocol) ? port === '' : port === web.port;
  const anybody = username === '' || (protocol === 'ssh:' && username === 'git');
  const isPlain = anybody && password === '' && search === '' && hash === '';
  if (!PROTOCOLS.includes(protocol) || !isPlain || !samePort) return undefined;
  return hostname.toLowerCase() === web.hostname ? pathname.slice(1) : undefined;
};

/** `web`: the origin of the forge. */
export const repoAtHost = (url: string, web: string): string | undefined => {
  const path = pathAt(url, new URL(web));
  const repo = path?.replace(/\/$/, '').replace(/\.git$/, '');
  return repo !== undefined && isRepo(repo) ? repo : undefined;
};
