import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { events, startCairn } from './cairn.mjs';
import { now, report } from './measure.mjs';

const JOBS = 200;
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

/** One build of as many jobs, from its webhook to its end. */
const jobsAMinute = async (executor, image) => {
  const environment = { CAIRN_RUNNER_SLOTS: String(AT_A_TIME) };
  const cairn = await startCairn(executor, image, { cells: JOBS, environment });
  const stop = new AbortController();
  try {
    const list = events(`${cairn.api}/api/events`, stop.signal);
    const first = list.next();
    const start = now();
    await cairn.push();
    for (let next = await first; !next.done; next = await list.next()) {
      const { event, data } = next.value;
      if (event !== 'build' || data.repo !== 'bench/app') continue;
      if (['failed', 'cancelled', 'rejected'].includes(data.status)) throw new Error(`the build was ${data.status}`);
      if (data.status === 'passed') break;
    }
    return (JOBS * 60_000) / (now() - start);
  } finally {
    stop.abort();
    await cairn.stop();
  }
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
