// `npm run bench`: builds if needed, then measures. Every figure stands beside a floor measured in the same run.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const run = (command, args) => {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

if (!existsSync('node_modules')) run('npm', ['ci']);
run('npm', ['run', 'build', '--silent']);
run(process.execPath, ['test/bench/main.mjs', ...process.argv.slice(2)]);
