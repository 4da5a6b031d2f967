/** A place in a file of the workspace: `path` is relative to it and never leads out of it. */
export type Place = Readonly<{ path: string; line?: number; column?: number }>;

/** Where jobs run: in a container, and as a process of the runner's machine. */
const WORKSPACE = /^(?:\/cairn\/workspace|\/.*?\/slots\/[^/]+\/workspace)(?:\/|$)/;
const LONGEST_PATH = 1024;

/** The path below the workspace; undefined for what is outside of it, or no path. */
export const workspacePath = (path: string): string | undefined => {
  if (path === '' || path.length > LONGEST_PATH) return undefined;
  const named = path.startsWith('file://') ? path.slice('file://'.length) : path;
  const relative = named.replace(WORKSPACE, '');
  if (relative.startsWith('/') || /^[~<]/.test(relative) || relative.includes('://')) return undefined;
  const parts: string[] = [];
  for (const part of relative.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.length > 0 ? parts.join('/') : undefined;
};

const positive = (digits: string | undefined): number | undefined => {
  const value = Number(digits);
  return digits !== undefined && Number.isSafeInteger(value) && value > 0 ? value : undefined;
};

/** A place as a tool writes it; undefined when it is not in the workspace. */
export const placeOf = (path: string | undefined, line?: string, column?: string): Place | undefined => {
  const below = path === undefined ? undefined : workspacePath(path);
  const [at, from] = [positive(line), positive(column)];
  if (below === undefined) return undefined;
  return {
    path: below,
    ...(at !== undefined && { line: at }),
    ...(at !== undefined && from !== undefined && { column: from }),
  };
};
