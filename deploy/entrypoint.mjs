// The image's command: which part of Cairn this container is.
const PARTS = new Map([
  ...['ingest', 'planner', 'runner', 'log-shipper', 'notifier', 'viewer', 'setup', 'cli'].map((name) => [
    name,
    `../dist/apps/${name}/src/main.js`,
  ]),
  ['accounts', '../dist/apps/setup/src/print-accounts.js'],
]);

const [name = '', ...rest] = process.argv.slice(2);
const part = PARTS.get(name);
if (part === undefined) {
  process.stderr.write(`cairn: the command must be one of ${[...PARTS.keys()].join(', ')}; it is "${name}"\n`);
  process.exitCode = 2;
} else {
  process.argv = [process.argv[0], name, ...rest];
  await import(part);
}
