import { Access } from './access.js';
import { SESSION_SECONDS, Sessions } from './session.js';

const NOW = Date.UTC(2026, 0, 1);
const TOKEN = 'a token of at least sixteen';

describe('sessions', () => {
  const sessions = new Sessions(TOKEN);
  const session = sessions.issue(NOW);

  it('last until they expire', () => {
    expect(sessions.isValid(session, NOW)).toBe(true);
    expect(sessions.isValid(session, NOW + SESSION_SECONDS * 1000 - 1)).toBe(true);
    expect(sessions.isValid(session, NOW + SESSION_SECONDS * 1000)).toBe(false);
    expect(sessions.issue(NOW)).not.toBe(session);
  });

  it('are refused when anything of them was changed, and after a change of the token', () => {
    for (let at = 0; at < session.length; at += 1) {
      const changed = session.slice(0, at) + (session[at] === '7' ? '8' : '7') + session.slice(at + 1);
      expect(sessions.isValid(changed, NOW)).toBe(false);
    }
    for (const no of [undefined, '', '..', `${session} `, session.slice(0, -1)])
      expect(sessions.isValid(no, NOW)).toBe(false);
    expect(new Sessions('another token of this server').isValid(session, NOW)).toBe(false);
  });

  it('have a CSRF token each', () => {
    expect(sessions.isCsrf(session, sessions.csrfOf(session))).toBe(true);
    for (const no of [undefined, '', 'x', sessions.csrfOf(sessions.issue(NOW))])
      expect(sessions.isCsrf(session, no)).toBe(false);
  });
});

describe('access', () => {
  const access = (more: object = {}): Access =>
    new Access(
      {
        CAIRN_ADMIN_TOKEN: TOKEN,
        CAIRN_HTTP_HOST: '127.0.0.1',
        CAIRN_PUBLIC_URL: undefined,
        CAIRN_PUBLIC_READ: false,
        ...more,
      },
      () => NOW,
    );
  const session = access().newSession();
  const csrf = access().sessions.csrfOf(session);
  const bearer = { authorization: `Bearer ${TOKEN}` };
  const outside = { CAIRN_HTTP_HOST: '0.0.0.0' };
  const named = { CAIRN_PUBLIC_URL: 'http://ci.example' };

  it.each([
    ['reading on loopback', {}, false, {}, 'allowed'],
    ['reading from outside', outside, false, {}, 'token-needed'],
    ['reading under a public name', named, false, {}, 'token-needed'],
    ['reading what is public', { ...outside, CAIRN_PUBLIC_READ: true }, false, {}, 'allowed'],
    ['reading by session', outside, false, { session }, 'allowed'],
    ['reading by bearer', outside, false, bearer, 'allowed'],
    ['reading by a wrong bearer', {}, false, { authorization: 'Bearer x' }, 'token-wrong'],
    ['a change on loopback', {}, true, {}, 'token-needed'],
    ['a change by session alone', {}, true, { session }, 'csrf-needed'],
    ['a change by session and CSRF token', {}, true, { session, csrf }, 'allowed'],
    ['a change by CSRF token alone', {}, true, { csrf }, 'token-needed'],
    ['a change by bearer', {}, true, bearer, 'allowed'],
    ['a change by a wrong bearer and a session', {}, true, { session, csrf, authorization: 'Bearer ' }, 'token-wrong'],
    ['a change with what a proxy wanted', {}, true, { authorization: `Basic ${TOKEN}` }, 'token-needed'],
    ['a public change', { CAIRN_PUBLIC_READ: true }, true, {}, 'token-needed'],
  ])('%s', (_, config, changes, credentials, verdict) =>
    expect(access(config).judge(changes, credentials)).toBe(verdict),
  );
});
