import type { ViewerConfig } from '../viewer.config.js';
import { sameText } from './admin-token.js';
import { isLoopback } from './allowed-hosts.js';
import { Sessions } from './session.js';

export const SESSION_COOKIE = 'cairn_session';

export type Credentials = Readonly<{
  authorization?: string | undefined;
  session?: string | undefined;
  csrf?: string | undefined;
}>;
export type Verdict = 'allowed' | 'token-needed' | 'token-wrong' | 'csrf-needed';

const BEARER = /^Bearer +(.*)$/i; // other schemes are for a proxy in front of this server

/** Who may do what: one administrator, who has the token. */
export class Access {
  readonly sessions: Sessions;
  /** Reading needs no token: nobody but this machine can ask, or the owner wants it so. */
  private readonly openToRead: boolean;

  constructor(
    private readonly config: Pick<
      ViewerConfig,
      'CAIRN_ADMIN_TOKEN' | 'CAIRN_HTTP_HOST' | 'CAIRN_PUBLIC_URL' | 'CAIRN_PUBLIC_READ'
    >,
    private readonly now: () => number = Date.now,
  ) {
    this.sessions = new Sessions(config.CAIRN_ADMIN_TOKEN);
    this.openToRead =
      config.CAIRN_PUBLIC_READ || (isLoopback(config.CAIRN_HTTP_HOST) && config.CAIRN_PUBLIC_URL === undefined);
  }

  isToken(token: string): boolean {
    return sameText(token, this.config.CAIRN_ADMIN_TOKEN);
  }

  newSession(): string {
    return this.sessions.issue(this.now());
  }

  isSession(session: string | undefined): session is string {
    return this.sessions.isValid(session, this.now());
  }

  judge(changes: boolean, { authorization, session, csrf }: Credentials): Verdict {
    const [, token] = BEARER.exec(authorization ?? '') ?? [];
    if (token !== undefined) return this.isToken(token) ? 'allowed' : 'token-wrong';
    if (!changes && this.openToRead) return 'allowed';
    if (!this.isSession(session)) return 'token-needed';
    return !changes || this.sessions.isCsrf(session, csrf) ? 'allowed' : 'csrf-needed';
  }
}
