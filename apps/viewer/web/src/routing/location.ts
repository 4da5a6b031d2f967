import { useEffect, useState } from 'preact/hooks';
import { type Route, routeOf } from './route.js';

/** The path that every page lives under, with a slash at both ends: the server says it by `<base href>`. */
const prefix = new URL('.', document.baseURI).pathname;

const changed = new EventTarget();
const notify = (): boolean => changed.dispatchEvent(new Event('change'));
window.addEventListener('popstate', notify);

/** Goes to an address of this page, given relative to the prefix. */
export const navigate = (href: string, replace = false): void => {
  const url = new URL(href, document.baseURI);
  const elsewhere = url.pathname !== location.pathname;
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  if (elsewhere) window.scrollTo(0, 0);
  notify();
};

/** Takes clicks on links of this page, so that plain `<a href>` is all a component needs. */
export const followLinks = (event: MouseEvent): void => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link?.href || link.target || link.hasAttribute('download')) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || routeOf(prefix, url.pathname, url.search).page === 'not-found') return;
  event.preventDefault();
  navigate(link.href);
};

export type Place = Readonly<{ route: Route; hash: string; href: string }>;

const placeNow = (): Place => ({
  route: routeOf(prefix, location.pathname, location.search),
  hash: location.hash,
  href: `${location.pathname.slice(prefix.length)}${location.search}`,
});

export const usePlace = (): Place => {
  const [place, setPlace] = useState(placeNow);
  useEffect(() => {
    const update = (): void => setPlace(placeNow());
    changed.addEventListener('change', update);
    return () => changed.removeEventListener('change', update);
  }, []);
  return place;
};
