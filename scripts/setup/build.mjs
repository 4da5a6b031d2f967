import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from './command.mjs';

const SOURCES = ['apps', 'libs', 'package.json', 'package-lock.json', 'nest-cli.json', 'tsconfig.json'];
const NOT_BUILT = /\.(spec|contract)\.ts$|\.md$/;

/** All files that the build reads, in a stable order. */
const filesBelow = (path) => {
  if (!existsSync(path)) return [];
  const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const full = join(path, entry.name);
    if (entry.isDirectory()) return filesBelow(full);
    return NOT_BUILT.test(entry.name) ? [] : [full];
  });
};

/** Names and contents, so that neither a checkout's times nor a copy's matter. */
const hashOfSources = (root) => {
  const hash = createHash('sha256');
  const [folders, files] = [SOURCES.slice(0, 2), SOURCES.slice(2)];
  const all = [
    ...folders.flatMap((folder) => filesBelow(join(root, folder))),
    ...files.map((file) => join(root, file)),
  ];
  for (const file of all)
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
};

const stampOf = (root) => join(root, 'dist', '.cairn-build');

/** Whether `dist` was made from these very sources. */
export const isBuilt = (root) =>
  existsSync(stampOf(root)) &&
  existsSync(join(root, 'dist/apps/standalone/src/main.js')) &&
  readFileSync(stampOf(root), 'utf8') === hashOfSources(root);

/** Compiles the services with the command line, and the page, side by side. Answers why it could not. */
export const buildStandalone = async (root, say) => {
  if (isBuilt(root)) return undefined;
  say('building …');
  const hash = hashOfSources(root); // of before: what changes meanwhile is built next time
  const node = (script, ...args) => run(process.execPath, [join(root, 'node_modules', script), ...args], { cwd: root });
  const results = await Promise.all([
    node('@nestjs/cli/bin/nest.js', 'build', 'standalone'),
    node('vite/bin/vite.js', 'build', 'apps/viewer/web', '--logLevel', 'warn'),
  ]);
  const failed = results.filter(({ code }) => code !== 0);
  if (failed.length > 0) return `the build failed:\n${failed.map(({ output }) => output.trim()).join('\n')}`;
  writeFileSync(stampOf(root), hash);
  return undefined;
};
