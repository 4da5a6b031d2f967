import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { events, startCairn } from './cairn.mjs';
import { now, report } from './measure.mjs';

const JOBS = 200;
/** As many as a matrix may have where the figures to compare with come from. */
const CELLS = 256;
const AT_A_TIME = 2;

/** So many runs a minute, two at a time. */
const aMinute = async (run) => {
  const start = now();
  let left = JOBS;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      await run();
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  return (JOBS * 60_000) / (now() - start);
};

const program = async (command, args) => {
  const child = spawn(command, args, { stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
};

const ENDED = ['passed', 'failed', 'cancelled', 'rejected'];

/** When the first lines of a build's first job reach a client. */
const firstLineOf = async (cairn, buildId, signal) => {
  const { jobs } = await (await fetch(`${cairn.api}/api/builds/${buildId}`)).json();
  const stream = `${cairn.api}/api/builds/${buildId}/jobs/${jobs[0].id}/log/stream`;
  for await (const { event, data } of events(stream, signal)) if (event === 'lines' && data.step > 0) return now();
  throw new Error('the first job has no lines');
};

/** One build of as many jobs. Milliseconds from its webhook to its first job's start and first line, and to its end. */
const matrixOf = async (executor, cells, image) => {
  const environment = { CAIRN_RUNNER_SLOTS: String(AT_A_TIME) };
  const cairn = await startCairn(executor, image, { cells, environment });
  const stop = new AbortController();
  try {
    const list = events(`${cairn.api}/api/events`, stop.signal);
    const first = list.next();
    const start = now();
    await cairn.push();
    let begun;
    let line;
    for (let next = await first; !next.done; next = await list.next()) {
      const { event, data } = next.value;
      if (event !== 'build' || data.repo !== 'bench/app') continue;
      if (data.status === 'running') begun ??= now();
      if (begun !== undefined) line ??= firstLineOf(cairn, data.id, stop.signal);
      if (ENDED.includes(data.status) && data.status !== 'passed') throw new Error(`the build was ${data.status}`);
      if (data.status === 'passed') break;
    }
    const finished = now() - start;
    return { begun: begun - start, line: (await line) - start, finished };
  } finally {
    stop.abort();
    await cairn.stop();
  }
};

const jobsAMinute = async (executor, image) => {
  const { finished } = await matrixOf(executor, JOBS, image);
  return (JOBS * 60_000) / finished;
};

/** As a ratio to what the machine needs for as many processes, two at a time. */
export const benchMatrix = async () => {
  const one = 60_000 / (await aMinute(() => program('sh', ['-c', 'true'])));
  const { begun, line, finished } = await matrixOf('host', CELLS);
  const spawn = { what: 'one spawn of sh, two at a time', value: one };
  report(`host, a matrix of ${CELLS} cells: webhook → first job begun`, begun, spawn);
  report(`host, a matrix of ${CELLS} cells: webhook → its first line`, line, spawn);
  const all = { what: `${CELLS} spawns of sh, two at a time`, value: one * CELLS };
  report(`host, a matrix of ${CELLS} cells: webhook → finished`, finished, all);
};

export const benchHostJobs = async () => {
  const floor = { what: 'spawns of sh', value: await aMinute(() => program('sh', ['-c', 'echo hello'])) };
  report(`host: ${JOBS} trivial jobs, two at a time`, await jobsAMinute('host'), floor, 'a minute');
};

export const benchDockerJobs = async (image) => {
  const run = await aMinute(() => program('docker', ['run', '--rm', image, 'echo', 'hello']));
  const floor = { what: '`docker run`', value: run };
  report(`docker: ${JOBS} trivial jobs, two at a time`, await jobsAMinute('docker', image), floor, 'a minute');
};
