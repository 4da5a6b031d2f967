import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { api, type Session } from './api/api.js';
import { type LiveState, watchConnection } from './api/live-events.js';
import { BuildPage } from './pages/build-page.js';
import { BuildsPage } from './pages/builds-page.js';
import { DeliveriesPage } from './pages/deliveries-page.js';
import { JobPage } from './pages/job-page.js';
import { LoginPage } from './pages/login-page.js';
import { NotFoundPage } from './pages/not-found-page.js';
import { QueuePage } from './pages/queue-page.js';
import { ReposPage } from './pages/repos-page.js';
import { SearchPage } from './pages/search-page.js';
import { followLinks, type Place, usePlace } from './routing/location.js';
import { SessionContext } from './ui/session.js';
import { TopBar } from './ui/top-bar.js';

const Page = ({ route, hash }: Pick<Place, 'route' | 'hash'>) => {
  switch (route.page) {
    case 'builds':
      return <BuildsPage filter={route.filter} />;
    case 'build':
      return <BuildPage key={route.build} id={route.build} />;
    case 'job':
      return (
        <JobPage
          key={`${route.build}/${route.job}`}
          id={route.build}
          jobId={route.job}
          pinned={route.attempt}
          hash={hash}
        />
      );
    case 'queue':
      return <QueuePage />;
    case 'deliveries':
      return <DeliveriesPage />;
    case 'repos':
      return <ReposPage />;
    case 'search':
      return <SearchPage key={JSON.stringify(route.search)} search={route.search} />;
    case 'login':
      return <LoginPage next={route.next} />;
    case 'not-found':
      return <NotFoundPage />;
  }
};

export const App = () => {
  const place = usePlace();
  const main = useRef<HTMLElement>(null);
  const [session, setSession] = useState<Session>();
  const [connection, setConnection] = useState<LiveState>('off');
  const reload = (): void => void api.session().then(setSession, () => setSession(undefined));
  useEffect(reload, []);
  useEffect(() => watchConnection(setConnection), []);
  useEffect(() => {
    document.addEventListener('click', followLinks);
    return () => document.removeEventListener('click', followLinks);
  }, []);

  // A new page is announced and read from its beginning, as after a full load.
  const first = useRef(true);
  const path = place.href.split('?')[0];
  useEffect(() => {
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [path]);

  return (
    <SessionContext.Provider value={useMemo(() => ({ session, reload }), [session])}>
      <TopBar route={place.route} href={place.href} connection={connection} />
      <main ref={main} id="main" tabIndex={-1}>
        <Page route={place.route} hash={place.hash} />
      </main>
    </SessionContext.Provider>
  );
};
