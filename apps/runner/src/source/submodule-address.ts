import type { Forge } from '#forge';

/** The name of a repository that a relative address (`../name`) leads to from another, as git reckons it from URLs. */
const beside = (repo: string, url: string): string | undefined => {
  const parts = repo.split('/');
  let rest = url.replace(/\/+$/, '');
  for (;;) {
    if (rest === '.' || rest.startsWith('./')) rest = rest.slice(2);
    else if (rest.startsWith('../') || rest === '..') {
      if (parts.pop() === undefined) return undefined;
      rest = rest.slice(3);
    } else break;
  }
  return [...parts, ...rest.split('/').filter(Boolean)].join('/').replace(/\.git$/, '');
};

const NAME = /^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/;

/** The repository (`owner/name`) that an address in the `.gitmodules` of `repo` means; undefined: none of this forge. */
export const submoduleRepo = (forge: Pick<Forge, 'named'>, repo: string, url: string): string | undefined => {
  if (!url.startsWith('./') && !url.startsWith('../')) return forge.named(url);
  const name = beside(repo, url);
  return name !== undefined && NAME.test(name) && !name.split('/').some((part) => /^\.{0,2}$/.test(part))
    ? name
    : undefined;
};
