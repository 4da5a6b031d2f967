import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { createGunzip } from 'node:zlib';

/** One version of nats-server as its makers publish it. `sha256`: of each platform's archive, from their `SHA256SUMS`. */
export type Release = Readonly<{ version: string; from: string; sha256: Readonly<Record<string, string>> }>;

export const RELEASE: Release = {
  version: '2.11.8',
  from: 'https://github.com/nats-io/nats-server/releases/download',
  sha256: {
    'linux-amd64': '397a6deffb5533e160de0cca322bc3dcaec7fb7282d66a3dfa87a9c183152ad1',
    'linux-arm64': 'b08936cb1dc0ae7086137bda14c352df64397c4af45ed2b392705c19585aeb84',
    'darwin-amd64': '002c943c1ed39c55cc5e024debfc02685111fcb2b1cbd887aad39ac977037477',
    'darwin-arm64': '23e0c5354c2da385708946a21900c944fcb9a3bbfd02aae27a4ae750dea0b682',
  },
};

const LIMIT_MS = 60_000;
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** As the archives are named: `linux-amd64`. Undefined where there is none. */
export const platformName = (platform: string, architecture: string): string | undefined => {
  const name = `${platform}-${ARCHITECTURES[architecture] ?? ''}`;
  return Object.hasOwn(RELEASE.sha256, name) ? name : undefined;
};

/** Writes the archive to a file and returns its SHA-256. */
const download = async (url: string, file: string, limitMs: number): Promise<string> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(limitMs) });
  if (!response.ok || response.body === null) return '';
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(Readable.fromWeb(response.body as ReadableStream), hashing, createWriteStream(file));
  return hash.digest('hex');
};

/** Takes one file out of an archive; nothing else of it is written. */
const takeOut = async (archive: string, member: string, file: string): Promise<void> => {
  const { extract } = await import('tar-stream');
  const entries = extract();
  entries.on('entry', (header, content, next) => {
    content.on('end', next).on('error', next);
    if (header.name === member && header.type === 'file') content.pipe(createWriteStream(file));
    else content.resume();
  });
  await pipeline(createReadStream(archive), createGunzip(), entries);
};

/**
 * Downloads a release for this platform, compares it with its pinned SHA-256, and puts the program at `target`. False when
 * it cannot be had within the time limit, or is not what was pinned: then nothing is left behind.
 */
export const fetchRelease = async (
  target: string,
  release: Release = RELEASE,
  limitMs = LIMIT_MS,
  platform = platformName(process.platform, process.arch),
): Promise<boolean> => {
  if (platform === undefined) return false;
  const name = `nats-server-v${release.version}-${platform}`;
  await mkdir(dirname(target), { recursive: true });
  const directory = await mkdtemp(join(dirname(target), '.release-'));
  try {
    const archive = join(directory, 'archive');
    const hash = await download(`${release.from}/v${release.version}/${name}.tar.gz`, archive, limitMs);
    if (hash !== release.sha256[platform]) return false;
    const program = join(directory, 'nats-server');
    await takeOut(archive, `${name}/nats-server`, program);
    await chmod(program, 0o755);
    await rename(program, target);
    return true;
  } catch {
    return false; // no network, or no end of it: the caller tries the next source
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
