/** The path of the public address without a slash at its end: everything is served below it, and without it too. */
export const prefixOf = (publicUrl: string | undefined): string =>
  publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '');

/** A request's address without the prefix: proxies may leave it on or take it off. */
export const withoutPrefix = (prefix: string, url: string): string => {
  if (prefix === '' || !url.startsWith(prefix)) return url;
  const rest = url.slice(prefix.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : url;
};
