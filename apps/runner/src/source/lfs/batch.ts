import { LargeFileUnavailable, SourceUnavailable } from '#errors';
import type { LfsObject } from './pointer.js';

/** How many objects are asked for in one request, as git-lfs does. */
export const BATCH = 100;
/** Codes of one object that another try may change. */
const AGAIN = new Set([408, 429, 500, 502, 503, 504, 507, 509]);

export type Download = Readonly<{ href: string; header?: unknown; authenticated: boolean }>;
/** For each object that was asked for: where it is, or why it cannot be had. */
export type Found = ReadonlyMap<string, Download | LargeFileUnavailable | SourceUnavailable>;

type Answered = Readonly<{
  oid?: unknown;
  size?: unknown;
  authenticated?: unknown;
  actions?: { download?: { href?: unknown; header?: unknown } };
  error?: { code?: unknown; message?: unknown };
}>;

/** Of a server's words: one line, not too long, since people read it in a log. */
const shown = (words: unknown): string =>
  String(words)
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200);

export const batchRequest = (objects: readonly LfsObject[], ref: string | undefined): string =>
  JSON.stringify({
    ...{ operation: 'download', transfers: ['basic'], hash_algo: 'sha256' },
    ...(ref === undefined ? {} : { ref: { name: ref } }),
    objects: objects.map(({ oid, size }) => ({ oid, size })),
  });

const read = (
  { size, authenticated, actions, error }: Answered,
  asked: LfsObject,
): Download | LargeFileUnavailable | SourceUnavailable => {
  if (error !== undefined && error !== null) {
    const why = `${shown(error.message)} (${shown(error.code)})`;
    return AGAIN.has(Number(error.code)) ? new SourceUnavailable(why) : new LargeFileUnavailable(why);
  }
  if (size !== asked.size)
    return new LargeFileUnavailable(`the server has ${shown(size)} bytes, the commit says ${asked.size}`);
  const { href, header } = actions?.download ?? {};
  if (typeof href !== 'string') return new LargeFileUnavailable('the server does not say where it is');
  if (header !== undefined && header !== null && typeof header !== 'object')
    return new LargeFileUnavailable('the server asks for headers that are none');
  return { href, header, authenticated: authenticated === true };
};

/** @throws LargeFileUnavailable when the answer as a whole cannot be used. */
export const readBatch = (text: string, objects: readonly LfsObject[]): Found => {
  const unusable = (why: string, cause?: unknown): LargeFileUnavailable =>
    new LargeFileUnavailable(`the answer of the server cannot be used: ${why}`, { cause });
  let answer: { transfer?: unknown; hash_algo?: unknown; objects?: unknown };
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch (cause) {
    throw unusable('it is not JSON', cause);
  }
  const { transfer = 'basic', hash_algo: hash = 'sha256', objects: told } = answer ?? {};
  if (transfer !== 'basic') throw unusable(`it wants to transfer by ${shown(transfer)}`);
  if (hash !== 'sha256') throw unusable(`it names objects by ${shown(hash)}`);
  if (!Array.isArray(told)) throw unusable('it has no objects');
  const answers = new Map((told as (Answered | null)[]).map((each) => [each?.oid, each]));
  return new Map(
    objects.map((asked) => {
      const each = answers.get(asked.oid);
      const silent = new LargeFileUnavailable('the server says nothing about it');
      return [asked.oid, each ? read(each, asked) : silent] as const;
    }),
  );
};
