import { type Place, placeOf } from '../places/place.js';

/** No spaces, colons or brackets in a path: then where it ends is plain, and looking for it takes linear time. */
const LOCATED = /^([^\s:()[\]"'`]+):(\d+)(?::(\d+))?: (.*)$/;

/** `path:line: text` or `path:line:column: text`. */
export type Located = Readonly<{ path: string; place: Place | undefined; column: boolean; text: string }>;

export const located = (line: string): Located | undefined => {
  const [, path, at, column, text] = LOCATED.exec(line) ?? [];
  if (path === undefined || text === undefined) return undefined;
  return { path, place: placeOf(path, at, column), column: column !== undefined, text };
};
