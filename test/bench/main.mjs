import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { benchEvents } from './events.mjs';
import { benchDocker, benchHost, benchMemory } from './first-line.mjs';
import { benchDockerJobs, benchHostJobs, benchMatrix } from './jobs.mjs';
import { benchDockerLogs, benchHostLogs } from './logs.mjs';
import { benchMasker } from './masker.mjs';
import { benchPlanner } from './planner.mjs';
import { benchSearch } from './search.mjs';
import { benchSpec } from './spec.mjs';
import { benchWebhooks } from './webhooks.mjs';

/** A small local image with a shell: nothing is pulled. */
const localImage = () => {
  try {
    const images = execFileSync('docker', ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return images.split('\n').find((name) => /busybox|alpine/.test(name));
  } catch {
    return undefined;
  }
};

const withImage = (bench) => async () => {
  const image = localImage();
  if (image) await bench(image);
  else process.stdout.write('docker: no engine, or no local busybox or alpine image: not measured\n');
};

const BENCHES = {
  spec: benchSpec,
  masker: benchMasker,
  search: benchSearch,
  planner: benchPlanner,
  events: benchEvents,
  webhooks: benchWebhooks,
  host: benchHost,
  docker: withImage(benchDocker),
  'host-jobs': benchHostJobs,
  matrix: benchMatrix,
  'docker-jobs': withImage(benchDockerJobs),
  'host-logs': benchHostLogs,
  'docker-logs': withImage(benchDockerLogs),
  memory: benchMemory,
};
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  process.stderr.write(`no such bench: ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}\n`);
  process.exit(2);
}
process.stdout.write(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}; median (smallest–largest)\n`);
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  await bench();
}
