import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { events, startCairn } from './cairn.mjs';
import { now, pssMiB, report, spread, times } from './measure.mjs';

/** Milliseconds from the start of a program to its first byte of output. */
const firstByte = async (command, args) => {
  const start = now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  const end = now();
  await once(child, 'exit');
  return end - start;
};

const newestBuild = async (cairn) => {
  const answer = await fetch(`${cairn.api}/api/builds?repo=bench%2Fapp&limit=1`);
  return (await answer.json()).items[0]?.number ?? 0;
};

/** When the stages of a finished build's only job were reached: milliseconds since the epoch, whole ones. */
const stagesOf = async (cairn, id) => {
  const answer = await fetch(`${cairn.api}/api/builds/${id}`);
  const { queuedAt, startedAt, steps } = (await answer.json()).jobs[0];
  const reached = {
    queued: queuedAt,
    taken: startedAt,
    'place ready': steps[0].finishedAt,
    'step sent': steps[1].startedAt,
  };
  return Object.entries(reached).map(([stage, at]) => [stage, Date.parse(at)]);
};

/** One push, watched as the page watches: the list's stream tells of the build, the job's stream brings its lines. */
const watchedPush = async (cairn) => {
  const known = await newestBuild(cairn);
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(new Error('the build did not end within a minute')), 60_000);
  const list = events(`${cairn.api}/api/events`, stop.signal);
  const first = list.next();
  const start = now();
  const startedAt = Date.now();
  await cairn.push();
  let build;
  let firstLine;
  let finished;
  let log;
  const watchLog = async (id) => {
    for await (const { event, data } of events(`${cairn.api}/api/builds/${id}/jobs/build/log/stream`, stop.signal))
      if (event === 'lines' && data.step > 0) return now();
    return undefined;
  };
  for (let next = await first; !next.done && !finished; next = await list.next()) {
    const { event, data } = next.value;
    if (event !== 'build' || data.repo !== 'bench/app' || data.number <= known) continue;
    build = data.id;
    log ??= data.status === 'requested' ? undefined : watchLog(build);
    if (['passed', 'failed'].includes(data.status)) finished = now();
  }
  firstLine = await log;
  clearTimeout(limit);
  stop.abort();
  await list.return?.().catch(() => undefined);
  const stages = (await stagesOf(cairn, build)).map(([stage, at]) => [stage, at - startedAt]);
  return { firstLine: firstLine - start, finished: finished - start, stages: Object.fromEntries(stages) };
};

/** `rest`: what is waited for before each push. */
const measure = async (cairn, count, rest = () => undefined) => {
  await watchedPush(cairn); // loads what is loaded at first use
  const runs = [];
  for (let n = 0; n < count; n += 1) {
    await rest();
    runs.push(await watchedPush(cairn));
  }
  const stages = Object.keys(runs[0].stages).map((stage) => [stage, spread(runs.map((run) => run.stages[stage]))]);
  return {
    firstLine: spread(runs.map((run) => run.firstLine)),
    finished: spread(runs.map((run) => run.finished)),
    stages: stages.map(([stage, { median }]) => `${stage} ${median}`).join(' · '),
  };
};

const say = (stages) => process.stdout.write(`  ms after the webhook: ${stages}\n`);

export const benchHost = async (count = 20) => {
  const floor = { what: 'spawn of sh, first byte', value: await times(count, () => firstByte('sh', ['-c', 'echo x'])) };
  const cairn = await startCairn('host');
  try {
    const { firstLine, finished, stages } = await measure(cairn, count);
    report('host: webhook → first log line at an SSE client', firstLine, floor);
    report('host: webhook → finished', finished, floor);
    say(stages);
  } finally {
    await cairn.stop();
  }
};

const docker = (...args) => execFileSync('docker', args, { encoding: 'utf8' }).trim();

/** Until as many containers wait as should, and no other is there, and for a moment more. */
const restOf = (cairn, ahead) => async () => {
  for (let quiet = 0; quiet < 3;) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const filter = `label=cairn.runner=${cairn.runner()}`;
    const states = docker('ps', '-a', '--filter', filter, '--format', '{{.State}}').split('\n').filter(Boolean);
    quiet = states.length === ahead && states.every((state) => state === 'running') ? quiet + 1 : 0;
  }
};

/** An `exec` in a container that runs. */
const execFloor = async (image, count) => {
  const id = docker('run', '--detach', '--rm', '--init', image, 'sleep', '600');
  try {
    return await times(count, () => firstByte('docker', ['exec', id, 'echo', 'x']));
  } finally {
    docker('rm', '--force', id);
  }
};

export const benchDocker = async (image, count = 15) => {
  const run = await times(count, () => firstByte('docker', ['run', '--rm', image, 'echo', 'x']));
  const floor = { what: '`docker run`, first byte', value: run };
  report('docker: `docker exec`, first byte', await execFloor(image, count), floor);
  for (const [what, ahead] of [
    ['anew', 0],
    ['started ahead', 2],
  ]) {
    const cairn = await startCairn('docker', image, { environment: { CAIRN_DOCKER_AHEAD: String(ahead) } });
    try {
      const { firstLine, finished, stages } = await measure(cairn, count, restOf(cairn, ahead));
      report(`docker, ${what}: webhook → first log line at an SSE client`, firstLine, floor);
      report(`docker, ${what}: webhook → finished`, finished, floor);
      say(stages);
    } finally {
      await cairn.stop();
    }
  }
};

/** Idle, ten seconds after the start, with nats-server. */
export const benchMemory = async () => {
  const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  const cairn = await startCairn('host');
  try {
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    const total = cairn.processes().reduce((sum, pid) => sum + pssMiB(pid), 0);
    report(
      'idle memory of everything with nats-server (PSS)',
      total,
      { what: 'a bare node', value: pssMiB(bare.pid) },
      'MiB',
    );
  } finally {
    bare.kill();
    await cairn.stop();
  }
};
