import { api } from '../api/api.js';
import type { LiveState } from '../api/live-events.js';
import { hrefOf, type Route } from '../routing/route.js';
import { useSession } from './session.js';

const LINKS = [
  [{ page: 'builds', filter: {} }, 'Builds', ['builds', 'build', 'job']],
  [{ page: 'search', search: {} }, 'Search', ['search']],
  [{ page: 'queue' }, 'Queue', ['queue']],
  [{ page: 'deliveries' }, 'Deliveries', ['deliveries']],
  [{ page: 'repos' }, 'Repositories', ['repos']],
] as const;

type Props = Readonly<{ route: Route; href: string; connection: LiveState }>;

export const TopBar = ({ route, href, connection }: Props) => {
  const { session, reload } = useSession();
  const signOut = (): void => void api.signOut(session?.csrf ?? null).finally(reload);
  const skip = (event: MouseEvent): void => {
    event.preventDefault();
    document.getElementById('main')?.focus();
  };
  return (
    <header class="top">
      <a class="skip" href={`${href}#main`} onClick={skip}>
        Skip to the page
      </a>
      <a class="brand" href={hrefOf({ page: 'builds', filter: {} })}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <ellipse cx="16" cy="26" rx="13" ry="4.5" />
          <ellipse cx="15" cy="17" rx="9" ry="4" />
          <ellipse cx="17" cy="9" rx="5.5" ry="3.5" />
        </svg>
        Cairn
      </a>
      <nav aria-label="Pages">
        {LINKS.map(([to, label, pages]) => (
          <a
            key={label}
            href={hrefOf(to)}
            aria-current={(pages as readonly string[]).includes(route.page) ? 'page' : undefined}
          >
            {label}
          </a>
        ))}
      </nav>
      <div class="side">
        <span class="connection" data-testid="connection" data-state={connection} role="status">
          {connection === 'lost' && 'Connection lost, trying again…'}
        </span>
        {session?.version && <span class="muted version">{session.version}</span>}
        {session?.admin && (
          <button type="button" class="plain" data-testid="sign-out" onClick={signOut}>
            Sign out
          </button>
        )}
        {session && !session.admin && route.page !== 'login' && (
          <a data-testid="sign-in" href={hrefOf({ page: 'login', next: href || './' })}>
            Sign in
          </a>
        )}
      </div>
    </header>
  );
};
