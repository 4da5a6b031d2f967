import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Inject, Injectable } from '@nestjs/common';
import { ViewerConfig } from '../viewer.config.js';
import { prefixOf } from './prefix.js';

/** Where the built page is: `web` beside the compiled sources. */
const FOLDER = fileURLToPath(new URL('../../web/', import.meta.url));

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.css', 'text/css; charset=utf-8'],
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.json', 'application/json; charset=utf-8'],
  ['.png', 'image/png'],
  ['.svg', 'image/svg+xml'],
  ['.woff2', 'font/woff2'],
]);

const MISSING =
  '<!doctype html><html lang="en"><head><meta charset="utf-8"><base href="/" /><title>Cairn</title></head>' +
  '<body><p>The page was not built. The API answers: see <a href="api/builds">api/builds</a>.</p></body></html>';

const IMMUTABLE = 'public, max-age=31536000, immutable';
export const REVALIDATE = 'no-cache';

export type PageFile = Readonly<{ content: Buffer; type: string; cache: string }>;

const readAll = (): [string, PageFile][] => {
  const entries = readdirSync(FOLDER, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const path = relative(FOLDER, file).split(sep).join('/');
      const type = TYPES.get(extname(path)) ?? 'application/octet-stream';
      const cache = path.startsWith('assets/') ? IMMUTABLE : REVALIDATE; // names below `assets` hold a hash
      return [path, { content: readFileSync(file), type, cache }];
    });
};

/** The built page, some hundred kilobytes, held in memory: what is not in it cannot be asked for. */
@Injectable()
export class PageFiles {
  /** The page itself, told where it lives. */
  readonly html: string;
  private readonly files: ReadonlyMap<string, PageFile>;

  constructor(@Inject(ViewerConfig) { CAIRN_PUBLIC_URL: url }: ViewerConfig) {
    this.files = new Map(PageFiles.read());
    const html = this.files.get('index.html')?.content.toString('utf8') ?? MISSING;
    const prefix = prefixOf(url).replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    this.html = html.replace(/<base href="\/"\s*\/?>/, () => `<base href="${prefix}/" />`);
  }

  /** By its path below the page's folder. */
  file(path: string): PageFile | undefined {
    return path === 'index.html' ? undefined : this.files.get(path);
  }

  private static read(): [string, PageFile][] {
    try {
      return readAll();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // not built: the API works without
      throw error;
    }
  }
}
