import { createReadStream } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { CairnError, LargeFileUnavailable, SourceUnavailable, messageOf } from '#errors';
import type { LargeFilePlace } from '#forge';
import { BATCH } from './batch.js';
import { LfsHttp } from './lfs-http.js';
import type { LfsObject } from './pointer.js';

/** Why objects were not brought, by their hashes. */
export type Faults = ReadonlyMap<string, CairnError>;
type Keep = (object: LfsObject, content: AsyncIterable<Uint8Array>) => Promise<void>;
/** Tries once to bring each object, from first byte to last, to `keep`. */
export type ObjectSource = (objects: readonly LfsObject[], keep: Keep) => Promise<Faults>;

const AT_ONCE = 4;

const faultFrom = (error: unknown): CairnError =>
  error instanceof CairnError ? error : new SourceUnavailable(messageOf(error), { cause: error });

const each = async (
  objects: readonly LfsObject[],
  bring: (object: LfsObject) => Promise<void>,
): Promise<Map<string, CairnError>> => {
  const faults = new Map<string, CairnError>();
  const left = objects.values();
  const line = async (): Promise<void> => {
    for (const object of left) await bring(object).catch((error: unknown) => faults.set(object.oid, faultFrom(error)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, line));
  return faults;
};

/** A repository on this machine keeps them where `git lfs push` to a path puts them. */
const below =
  (directory: string): ObjectSource =>
  (objects, keep) =>
    each(objects, async (object) => {
      const { oid } = object;
      const path = join(directory, oid.slice(0, 2), oid.slice(2, 4), oid);
      await access(path, constants.R_OK).catch((cause: unknown) => {
        throw new LargeFileUnavailable('the repository has no such object in its lfs/objects', { cause });
      });
      await keep(object, createReadStream(path));
    });

const from = (http: LfsHttp, ref: string | undefined): ObjectSource => {
  const batch = async (objects: readonly LfsObject[], keep: Keep): Promise<Faults> => {
    const found = await http.locate(objects, ref);
    return each(objects, async (object) => {
      const place = found.get(object.oid);
      if (place === undefined || place instanceof CairnError)
        throw place ?? new LargeFileUnavailable('the server says nothing about it');
      await keep(object, http.download(place));
    });
  };
  return async (objects, keep) => {
    const faults = new Map<string, CairnError>();
    for (let start = 0; start < objects.length; start += BATCH) {
      const some = objects.slice(start, start + BATCH);
      const told = await batch(some, keep).catch(
        (error: unknown) => new Map(some.map(({ oid }) => [oid, faultFrom(error)])),
      );
      for (const [oid, fault] of told) faults.set(oid, fault);
    }
    return faults;
  };
};

/** `ref`: what the objects are asked for; a server may look at it. */
export const objectSource = (place: LargeFilePlace, ref: string | undefined, signal: AbortSignal): ObjectSource =>
  'directory' in place ? below(place.directory) : from(new LfsHttp(place, signal), ref);
