import { PrivilegeRefused } from '#errors';
import { assertPrivileges } from './privileges.js';

const service = (privileged: boolean) => ({
  ...{ name: 'docker', image: 'docker:dind', environment: {} },
  ...(privileged ? { privileged: true as const } : {}),
});

describe('privileged services', () => {
  it.each([
    ['acme/shop', 'acme/shop', false, true],
    ['Acme/Shop', 'other/x, acme/*', false, true],
    ['acme/shop', '', false, false],
    ['acme/shop', 'acme/shop2,acm/*', false, false],
    ['acme/shop', 'acme/shop', true, false],
  ])('of %s, where %j may have them, from a fork: %s → %s', (repo, allowed, fork, isGiven) => {
    const ask = (): void => assertPrivileges([service(false), service(true)], { repo, fork }, allowed);
    if (isGiven) expect(ask).not.toThrow();
    else expect(ask).toThrow(PrivilegeRefused);
    expect(() => assertPrivileges([service(false)], { repo, fork }, '')).not.toThrow();
  });
});
