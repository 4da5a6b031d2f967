import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const packageFile = (): URL | undefined => {
  for (let folder = new URL('.', import.meta.url); folder.pathname !== '/'; folder = new URL('..', folder)) {
    const file = new URL('package.json', folder);
    if (existsSync(file)) return file;
  }
  return undefined;
};

/** The version of this program, as its package says. */
export class Version {
  readonly text: string;

  constructor() {
    const file = packageFile();
    const content = file ? (JSON.parse(readFileSync(fileURLToPath(file), 'utf8')) as { version?: string }) : {};
    this.text = content.version ?? 'unknown';
  }
}
