import { builtinModules } from 'node:module';
import { dirname, relative, resolve, sep } from 'node:path';

/** `true`: every one; a list: just these. What is not named is refused. */
const LIBS = {
  errors: { libs: [], packages: [], node: [] },
  events: { libs: ['errors'], packages: [], node: ['crypto'] },
  expression: { libs: ['errors'], packages: [], node: [] },
  glob: { libs: [], packages: [], node: [] },
  'log-lines': { libs: [], packages: [], node: [] },
  domain: { libs: ['events', 'errors', 'expression'], packages: [], node: [] },
  spec: {
    libs: ['events', 'errors', 'expression', 'glob'],
    packages: ['yaml', 'class-validator', 'class-transformer', 'croner', 'reflect-metadata'],
    node: ['crypto'],
  },
  config: { libs: ['errors'], packages: true, node: true },
  jetstream: { libs: ['events', 'errors'], packages: true, node: true },
  'open-builds': { libs: ['events', 'errors', 'domain', 'jetstream'], packages: true, node: true },
  'blob-store': { libs: ['events', 'errors'], packages: true, node: true },
  'embedded-database': { libs: ['errors'], packages: ['libsql'], node: ['fs', 'path'] },
  'log-store': { libs: ['events', 'errors', 'embedded-database', 'log-lines'], packages: true, node: true },
  forge: { libs: ['events', 'errors'], packages: true, node: true },
  secrets: { libs: ['events', 'errors', 'glob'], packages: [], node: ['fs', 'path'] },
  'test-report': { libs: ['events', 'errors'], packages: true, node: true },
  testing: { libs: true, packages: true, node: true },
};

const PRODUCTION_LIBS = Object.keys(LIBS).filter((lib) => lib !== 'testing');
const except = (...libs) => PRODUCTION_LIBS.filter((lib) => !libs.includes(lib));
/** What a pipeline may say: of no concern to those that never look at one. */
const LANGUAGE = ['spec', 'expression', 'glob'];
/** Who stores secrets and who runs jobs; to all others they are unknown. */
const SECRETS = 'secrets';
const NO_PROCESSES = builtinModules.filter((module) => module !== 'child_process');

const SERVICE = { libs: PRODUCTION_LIBS, packages: true, node: true };
const APPS = {
  ingest: {
    ...SERVICE,
    libs: except(SECRETS, 'domain', 'forge', 'open-builds', 'log-store', 'test-report', ...LANGUAGE),
    node: NO_PROCESSES,
  },
  planner: { ...SERVICE, libs: except(SECRETS, 'log-store', 'test-report'), node: NO_PROCESSES, not: ['dockerode'] },
  runner: { ...SERVICE, libs: except('log-store', 'open-builds', 'spec') },
  'log-shipper': {
    ...SERVICE,
    libs: except(SECRETS, 'forge', 'open-builds', 'test-report', ...LANGUAGE),
    node: NO_PROCESSES,
  },
  notifier: {
    ...SERVICE,
    libs: except(SECRETS, 'log-store', 'open-builds', 'test-report', ...LANGUAGE),
    node: NO_PROCESSES,
  },
  viewer: { ...SERVICE, libs: except(SECRETS, 'forge', 'test-report', 'expression', 'glob'), node: NO_PROCESSES },
  // The page runs in a browser: of our code only what is pure goes there.
  'viewer/web': { libs: ['domain', 'events', 'log-lines'], packages: true, node: [] },
  cli: { ...SERVICE, libs: ['config', 'errors', 'events', 'secrets', 'spec'] },
  standalone: { ...SERVICE, apps: true },
};

const TEST_FILE = /\.(spec|contract|builder|fake)\.ts$|(^|\/)test-[^/]+\.ts$|^apps\/[^/]+\/testing\//;
/** A test takes what it needs, also from `test/`; its relative paths still stay in its own folder. */
const IN_TESTS = { libs: true, packages: true, node: true, test: true };

/** The unit that a file (relative to the root, with `/`) belongs to. */
const unitOf = (file) => {
  const [top, name, sub] = file.split('/');
  if (top === 'test') return { root: 'test', rules: { ...IN_TESTS, apps: true } };
  if (file === 'apps/viewer/web/vite.config.ts') return undefined;
  const key = top === 'apps' && name === 'viewer' && sub === 'web' ? 'viewer/web' : name;
  const rules = { apps: APPS, libs: LIBS }[top]?.[key];
  if (!rules) return undefined;
  return { root: `${top}/${key}`, rules: TEST_FILE.test(file) ? { ...rules, ...IN_TESTS } : rules };
};

const allows = (allowed, name) => allowed === true || (allowed ?? []).includes(name);
const isBelow = (file, folder) => file.startsWith(`${folder}/`);

/** Why the unit may not import that, or undefined. */
const verdict = ({ root, rules }, specifier, target) => {
  if (specifier.startsWith('#')) {
    const lib = specifier.slice(1);
    if (lib.includes('/')) return `nobody imports deeper than a lib's index: '#${lib.split('/')[0]}'`;
    if (root === `libs/${lib}`) return 'a lib imports its own files by relative paths';
    return allows(rules.libs, lib) ? undefined : `${root} may not import ${specifier}`;
  }
  if (specifier.startsWith('.')) {
    if (!rules.test && /^apps\/[^/]+\/testing\//.test(target)) return 'what is in `testing/` is for tests alone';
    if (isBelow(target, root) && !(root === 'apps/viewer' && isBelow(target, 'apps/viewer/web'))) return undefined;
    if (isBelow(target, 'libs')) return 'libs are imported by their alias, as in #events';
    if (isBelow(target, 'test') && rules.test) return undefined;
    if (isBelow(target, 'apps') && rules.apps) return undefined;
    return `${root} may not import from outside its own folder`;
  }
  const node = specifier.startsWith('node:') ? specifier.slice('node:'.length) : undefined;
  if (node !== undefined) {
    if (node === 'process') return 'settings come from #config; `process` itself is a global';
    return allows(rules.node, node.split('/')[0]) ? undefined : `${root} may not import ${specifier}`;
  }
  if (builtinModules.includes(specifier)) return `write node:${specifier}`;
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const refused = !allows(rules.packages, name) || allows(rules.not, name);
  return refused ? `${root} may not import ${name}` : undefined;
};

/** STYLE.md's folder table, as far as imports can tell. */
export const boundaries = {
  meta: { type: 'problem', schema: [], messages: { refused: '{{why}}' } },
  create(context) {
    const file = relative(context.cwd, context.filename).split(sep).join('/');
    const unit = unitOf(file);
    if (!unit) return {};
    const check = (source) => {
      if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
      const target = relative(context.cwd, resolve(dirname(context.filename), source.value))
        .split(sep)
        .join('/');
      const why = verdict(unit, source.value, target);
      if (why) context.report({ node: source, messageId: 'refused', data: { why } });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (node) => check(node.source ?? node.argument?.literal),
    };
  },
};
