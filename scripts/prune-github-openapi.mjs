// Makes test/fakes/github/openapi.json: the part of GitHub's published OpenAPI description that Cairn's fake GitHub needs.
//
//   cd "$(mktemp -d)" && npm i @octokit/openapi
//   node <repository>/scripts/prune-github-openapi.mjs node_modules/@octokit/openapi/generated/api.github.com.json
//
// The description takes 13 MB (its package 385 MB), so it is no dependency. The same description gives the same extract.
import { readFile, writeFile } from 'node:fs/promises';

const OPERATIONS = {
  '/repos/{owner}/{repo}': ['get'],
  '/repos/{owner}/{repo}/contents/{path}': ['get'],
  '/repos/{owner}/{repo}/compare/{basehead}': ['get'],
  '/repos/{owner}/{repo}/commits/{ref}': ['get'],
  '/repos/{owner}/{repo}/commits/{ref}/statuses': ['get'],
  '/repos/{owner}/{repo}/statuses/{sha}': ['post'],
  '/repos/{owner}/{repo}/check-runs': ['post'],
  '/repos/{owner}/{repo}/check-runs/{check_run_id}': ['patch'],
};

const source = process.argv[2];
if (source === undefined) {
  console.error('usage: node scripts/prune-github-openapi.mjs <path of api.github.com.json>');
  process.exit(2);
}
const description = JSON.parse(await readFile(source, 'utf8'));

const paths = {};
for (const [path, methods] of Object.entries(OPERATIONS)) {
  const item = description.paths[path];
  const missing = methods.filter((method) => item?.[method] === undefined);
  if (missing.length > 0) {
    console.error(`the description has no ${missing.join(', ')} ${path}`);
    process.exit(1);
  }
  const shared = item.parameters === undefined ? {} : { parameters: item.parameters };
  paths[path] = { ...shared, ...Object.fromEntries(methods.map((method) => [method, item[method]])) };
}

/** Every `#/components/<kind>/<name>` that a value refers to, itself or through other components. */
const reachable = new Map();
const visit = (value) => {
  if (Array.isArray(value)) return value.forEach(visit);
  if (typeof value !== 'object' || value === null) return;
  const [, kind, name] = /^#\/components\/([^/]+)\/([^/]+)$/.exec(value.$ref ?? '') ?? [];
  if (kind !== undefined && !reachable.has(`${kind}/${name}`)) {
    const component = description.components[kind][name];
    reachable.set(`${kind}/${name}`, component);
    visit(component);
  }
  Object.values(value).forEach(visit);
};
visit(paths);

const components = {};
for (const key of [...reachable.keys()].sort()) {
  const [kind, name] = key.split('/');
  (components[kind] ??= {})[name] = reachable.get(key);
}
const { openapi, info, servers } = description;
const extract = new URL('../test/fakes/github/openapi.json', import.meta.url);
await writeFile(extract, `${JSON.stringify({ openapi, info, servers, paths, components }, null, 1)}\n`);
