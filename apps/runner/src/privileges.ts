import { PrivilegeRefused } from '#errors';
import type { ServiceTemplate } from '#events';

/**
 * A privileged service has the whole machine in its hands: only repositories that the administrator names have them, and
 * never somebody else's code. `allowed`: `owner/name` or `owner/*`, with commas. @throws PrivilegeRefused
 */
export const assertPrivileges = (
  services: readonly ServiceTemplate[],
  from: Readonly<{ repo: string; fork: boolean }>,
  allowed: string,
): void => {
  const name = services.find(({ privileged }) => privileged)?.name;
  if (name === undefined) return;
  if (from.fork) throw new PrivilegeRefused(name, 'the code comes from a fork');
  const names = new Set(allowed.split(',').map((pattern) => pattern.trim().toLowerCase()));
  const repo = from.repo.toLowerCase();
  if (names.has(repo) || names.has(`${repo.split('/')[0] ?? ''}/*`)) return;
  throw new PrivilegeRefused(name, `CAIRN_PRIVILEGED_REPOS of this runner does not name ${from.repo}`);
};
