import { readFileSync } from 'node:fs';

type Entry = Readonly<{ integrity?: string; resolved?: string; link?: true; inBundle?: true }>;

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Readonly<Record<string, Entry>>;
};
const fetched = Object.entries(packages).filter(([path, { link, inBundle }]) => path !== '' && !link && !inBundle);
const named = (is: (entry: Entry) => boolean) => fetched.filter(([, entry]) => is(entry)).map(([path]) => path);

describe('package-lock.json', () => {
  it('holds the hash of every package, also of those for other machines', () =>
    expect(named(({ integrity }) => !integrity?.startsWith('sha512-'))).toEqual([]));

  it('names no registry: each machine takes its own', () =>
    expect(named(({ resolved }) => resolved !== undefined)).toEqual([]));
});
