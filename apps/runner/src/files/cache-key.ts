import { createHash } from 'node:crypto';
import { expand, expressionsOf, MAX_REDUCED, parseTemplate, usesOf, type Values } from '#expression';
import { UnusableExpression } from '#errors';
import type { Sandbox } from '../executor/index.js';
import { collect } from './collect.js';

/** Longer keys have no room in a store. */
const MAX_KEY_BYTES = 700;

type Hash = Readonly<{ hex: string; files: number }>;

/** A hash of the files that match, by their names and contents. */
const hashFiles = async (sandbox: Sandbox, globs: readonly string[]): Promise<Hash> => {
  const files: [name: string, hash: string][] = [];
  for await (const { name, entry } of collect(sandbox, globs, () => undefined).files) {
    const hash = createHash('sha256');
    if (entry.kind === 'link') hash.update(`link ${entry.target}`);
    for await (const bytes of entry.content ?? []) hash.update(bytes);
    files.push([name, hash.digest('hex')]);
  }
  const sorted = files.sort(([a], [b]) => (a < b ? -1 : 1));
  return { hex: createHash('sha256').update(JSON.stringify(sorted)).digest('hex'), files: files.length };
};

/** Works out the texts of keys in the workspace as it is; each list of globs is looked up once. */
export class CacheKeys {
  readonly #hashes = new Map<string, Promise<Hash>>();

  constructor(
    private readonly sandbox: Sandbox,
    private readonly values: Values,
    private readonly say: (line: string) => void,
  ) {}

  /** @throws UnusableExpression · what the sandbox throws */
  async keyOf(text: string): Promise<string> {
    const template = parseTemplate(text, MAX_REDUCED);
    if (!template.ok) throw new UnusableExpression('the key of a cache', template.faults[0]?.message ?? text);
    const known = new Map<string, string>();
    for (const globs of usesOf(...expressionsOf(template.value)).hashes)
      known.set(JSON.stringify(globs), (await this.hashOf(globs)).hex);
    const key = expand(template.value, this.values, { hash: (globs) => known.get(JSON.stringify(globs)) ?? '' });
    if (!key.ok) throw new UnusableExpression('the key of a cache', key.faults[0]?.message ?? text);
    if (Buffer.byteLength(encodeURIComponent(key.value)) > MAX_KEY_BYTES || key.value === '')
      throw new UnusableExpression('the key of a cache', key.value === '' ? 'it is empty' : 'it is too long');
    return key.value;
  }

  private hashOf(globs: readonly string[]): Promise<Hash> {
    const name = JSON.stringify(globs);
    let hash = this.#hashes.get(name);
    if (!hash) {
      hash = hashFiles(this.sandbox, globs).then((found) => {
        if (found.files === 0) this.say(`hash(${globs.map((glob) => `'${glob}'`).join(', ')}): no file matches`);
        return found;
      });
      this.#hashes.set(name, hash);
    }
    return hash;
  }
}
