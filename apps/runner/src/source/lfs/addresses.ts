import { LargeFileUnavailable } from '#errors';

/** Where a server tells where objects are. `authorization`: the value of that header, for this server alone. */
export type LfsServer = Readonly<{ url: string; authorization?: string | undefined }>;
export type Call = Readonly<{ url: URL; headers: Headers }>;

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
/** What a connection is made of is not for the server to say. */
const OURS = ['accept-encoding', 'connection', 'content-length', 'host', 'te', 'transfer-encoding', 'upgrade'];

/**
 * An address out of an answer. It comes from the forge, over a connection that vouches for it, and forges keep such files
 * anywhere; so that it leads to no service of this machine or its network, it must be https, which such services are
 * not, or else the forge itself is on loopback, and then the address is as well.
 */
const addressFrom = (href: string, server: LfsServer, base?: URL): URL => {
  const asked = new URL(server.url);
  const url = URL.canParse(href, base?.href) ? new URL(href, base?.href) : undefined;
  const near = asked.protocol === 'http:' && LOOPBACK.test(asked.hostname);
  const isAllowed = url?.protocol === 'https:' || (url?.protocol === 'http:' && near && LOOPBACK.test(url.hostname));
  if (url === undefined || !isAllowed || url.username !== '' || url.password !== '')
    throw new LargeFileUnavailable(`${asked.host} names an address that is not asked: it must begin with https://`);
  return url;
};

const headersFrom = (header: unknown, host: string): Headers => {
  const headers = new Headers();
  for (const [name, value] of Object.entries(header ?? {})) {
    if (OURS.includes(name.toLowerCase())) continue;
    try {
      headers.set(name, String(value));
    } catch (cause) {
      throw new LargeFileUnavailable(`${host} wants a header to be sent that is none`, { cause });
    }
  }
  return headers;
};

export const batchCall = ({ url, authorization }: LfsServer): Call => {
  const type = 'application/vnd.git-lfs+json';
  const headers = new Headers({ accept: type, 'content-type': type });
  if (authorization !== undefined) headers.set('authorization', authorization);
  return { url: new URL(`${url}/objects/batch`), headers };
};

/** A download as the server tells it. Credentials are sent where they belong: to the server that they are for. @throws LargeFileUnavailable */
export const downloadCall = (
  action: Readonly<{ href: string; header?: unknown; authenticated: boolean }>,
  server: LfsServer,
): Call => {
  const url = addressFrom(action.href, server);
  const headers = headersFrom(action.header, new URL(server.url).host);
  const isOwn = url.origin === new URL(server.url).origin;
  if (isOwn && !action.authenticated && server.authorization !== undefined && !headers.has('authorization'))
    headers.set('authorization', server.authorization);
  return { url, headers };
};

/** Where a redirect leads. Elsewhere than at the same origin nothing that was to be sent is sent. @throws LargeFileUnavailable */
export const redirected = (call: Call, location: string, server: LfsServer): Call => {
  const url = addressFrom(location, server, call.url);
  return { url, headers: url.origin === call.url.origin ? call.headers : new Headers() };
};
