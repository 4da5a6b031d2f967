import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rmSync, writeFileSync } from 'node:fs';
import { events, startCairn } from './cairn.mjs';
import { now, pssMiB, report, spread, times } from './measure.mjs';

const RUNS = 3;
const LINES = 1_000_000;
const BYTES = LINES * 100;

/** In `sh`, with what every image has: a file of lines of 100 bytes, each with its number. */
const MAKE = `awk 'BEGIN { for (n = 1; n <= ${LINES}; n++) printf "%099d\\n", n }' > "$HOME/lines"`;
const PRINT = 'cat "$HOME/lines"';
const MADE_HASH = (() => {
  const hash = createHash('sha256');
  for (let n = 1; n <= LINES; n += 1) hash.update(`${String(n).padStart(99, '0')}\n`);
  return hash.digest('hex');
})();

const buildAfter = async (cairn, known) => {
  for (;;) {
    const { items } = await (await fetch(`${cairn.api}/api/builds?repo=bench%2Fapp&limit=1`)).json();
    if (items[0] && items[0].id !== known) {
      const build = await (await fetch(`${cairn.api}/api/builds/${items[0].id}`)).json();
      if (build.jobs.length > 0) return build;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

/** The bytes of a step as they come, to the end: how many, their hash, and when the last was there. */
const download = (url) =>
  new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    let bytes = 0;
    get(url, { headers: { 'accept-encoding': 'identity' } }, (response) => {
      response.on('data', (part) => {
        hash.update(part);
        bytes += part.length;
      });
      response.on('end', () => resolve({ bytes, hash: hash.digest('hex'), at: Date.now() }));
    }).on('error', reject);
  });

/** Seconds from the step's start until a client that follows has all of its log. */
const followed = async (cairn) => {
  const known = (await (await fetch(`${cairn.api}/api/builds?limit=1`)).json()).items[0]?.id;
  await cairn.push();
  const { id } = await buildAfter(cairn, known);
  const job = `${cairn.api}/api/builds/${id}/jobs/build`;
  let answer = await fetch(`${job}/log?step=2`);
  while (!answer.ok || (await answer.json()).total === 0) answer = await fetch(`${job}/log?step=2`);
  const { bytes, hash, at } = await download(`${job}/log.txt?step=2&follow=1`);
  if (bytes !== BYTES || hash !== MADE_HASH) throw new Error(`${bytes} bytes came of ${BYTES}`);
  const build = await (await fetch(`${cairn.api}/api/builds/${id}`)).json();
  return (at - Date.parse(build.jobs[0].steps[2].startedAt)) / 1000;
};

/** Seconds from the first byte of a program's output to its end, into a file by a pipe. */
const piped = async (command, args) => {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let start;
  child.stdout.once('data', () => (start = now()));
  child.stdout.resume();
  await once(child, 'close');
  return (now() - start) / 1000;
};

const measure = async (executor, image, floor) => {
  const cairn = await startCairn(executor, image, { jobs: { build: { steps: [MAKE, PRINT] } } });
  try {
    report(`${executor}: 100 MB printed → all of it at a client`, await times(RUNS, () => followed(cairn)), floor, 's');
    const memory = cairn.processes().reduce((sum, pid) => sum + pssMiB(pid), 0);
    report(`${executor}: memory afterwards, with nats-server`, memory, undefined, 'MiB');
  } finally {
    await cairn.stop();
  }
};

export const benchHostLogs = async () => {
  const file = join(tmpdir(), `cairn-bench-lines-${process.pid}`);
  try {
    execFileSync('sh', ['-c', MAKE.replace('$HOME/lines', file)]);
    const value = await times(RUNS, () => piped('cat', [file]));
    await measure('host', undefined, { what: 'the same through a pipe', value });
  } finally {
    rmSync(file, { force: true });
  }
  await benchLatency();
};

export const benchDockerLogs = async (image) => {
  const command = ['run', '--rm', '--env', 'HOME=/tmp', image, 'sh', '-c', `${MAKE}; ${PRINT}`];
  const value = await times(RUNS, () => piped('docker', command));
  await measure('docker', image, { what: '`docker run`, attached', value });
};

/** Prints the time, so often, so many times. */
const TICKS = 400;
const CLOCK = `let n = 0; const timer = setInterval(() => { console.log(Date.now()); if (++n === ${TICKS}) clearInterval(timer); }, 10);`;
/** About 20 MB a second until the clock has ended. */
const NOISE = `const line = 'x'.repeat(99) + '\\n'; const end = Date.now() + ${TICKS * 10}; const timer = setInterval(() => { process.stdout.write(line.repeat(4000)); if (Date.now() > end) clearInterval(timer); }, 20);`;

const latencies = async (cairn) => {
  await cairn.push();
  const { id } = await buildAfter(cairn, undefined);
  const stop = new AbortController();
  const found = [];
  for await (const { event, data } of events(`${cairn.api}/api/builds/${id}/jobs/clock/log/stream`, stop.signal)) {
    if (event === 'end') break;
    if (event !== 'lines' || data.step === 0) continue;
    for (const line of data.lines) if (/^\d{13}$/.test(line.x)) found.push(Date.now() - Number(line.x));
  }
  stop.abort();
  return found.slice(TICKS / 10).sort((a, b) => a - b);
};

const benchLatency = async () => {
  const directory = tmpdir();
  const script = (name, text) => {
    const file = join(directory, `cairn-bench-${process.pid}-${name}.cjs`);
    writeFileSync(file, text);
    return file;
  };
  const [clock, noise] = [script('clock', CLOCK), script('noise', NOISE)];
  const job = (file) => ({ steps: [`"${process.execPath}" "${file}"`] });
  try {
    for (const [what, jobs] of [
      ['idle', { clock: job(clock) }],
      ['beside a job that prints 20 MB/s', { clock: job(clock), noise: job(noise) }],
    ]) {
      const cairn = await startCairn('host', undefined, { jobs });
      try {
        const found = await latencies(cairn);
        const p99 = found[Math.floor(found.length * 0.99)];
        report(`a line printed → at an SSE client, ${what}: median`, spread(found));
        report(`a line printed → at an SSE client, ${what}: p99`, p99);
      } finally {
        await cairn.stop();
      }
    }
  } finally {
    for (const file of [clock, noise]) rmSync(file, { force: true });
  }
};
