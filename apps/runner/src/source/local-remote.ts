import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isPullRequest, type SourceRequest } from './source-request.js';

const pathOf = (url: string): string | undefined => {
  if (url.startsWith('/')) return url;
  try {
    return url.startsWith('file://') ? fileURLToPath(url) : undefined;
  } catch {
    return undefined; // For git to refuse, in its own words.
  }
};

/**
 * The git directory of a repository that lies on this machine and may be read: none or one. A checkout then takes its
 * objects from there, which saves the five processes of a fetch (12 ms). A pull request's commit still has to be vouched for by its
 * ref, so it goes by the mirror.
 */
export const localRepository = async ({ remote, ref }: SourceRequest): Promise<string[]> => {
  const path = pathOf(remote.url);
  if (path === undefined || isPullRequest(ref) || !remote.protocols.split(':').includes('file')) return [];
  for (const gitDirectory of [`${path}/.git`, path]) {
    if (
      await access(`${gitDirectory}/objects`).then(
        () => true,
        () => false,
      )
    )
      return [gitDirectory];
  }
  return [];
};
