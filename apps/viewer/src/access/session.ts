import { createHmac, randomBytes } from 'node:crypto';
import { derivedKey, sameText } from './admin-token.js';

export const SESSION_SECONDS = 7 * 24 * 60 * 60;
const SHAPE = /^(\d{10,12})\.([A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{43}$/;

/**
 * Sessions without a store: `<expiry in seconds since 1970>.<random>.<signature>`, signed with a key that is derived
 * from the admin token, so that a new token ends them all.
 */
export class Sessions {
  private readonly key: Buffer;
  private readonly csrfKey: Buffer;

  constructor(adminToken: string) {
    this.key = derivedKey(adminToken, 'session v1');
    this.csrfKey = derivedKey(adminToken, 'csrf v1');
  }

  /** `now` in milliseconds since 1970. */
  issue(now: number): string {
    const payload = `${Math.floor(now / 1000) + SESSION_SECONDS}.${randomBytes(16).toString('base64url')}`;
    return `${payload}.${this.signature(payload)}`;
  }

  isValid(session: string | undefined, now: number): session is string {
    const match = SHAPE.exec(session ?? '');
    if (!session || !match) return false;
    const payload = `${match[1]}.${match[2]}`;
    return sameText(session, `${payload}.${this.signature(payload)}`) && Number(match[1]) * 1000 > now;
  }

  /** What a page must send along with every change: another site cannot read it. */
  csrfOf(session: string): string {
    return createHmac('sha256', this.csrfKey).update(session).digest('base64url');
  }

  isCsrf(session: string, given: string | undefined): boolean {
    return given !== undefined && sameText(given, this.csrfOf(session));
  }

  private signature(payload: string): string {
    return createHmac('sha256', this.key).update(payload).digest('base64url');
  }
}
