import { pumpLog } from '../../dist/apps/runner/src/log/index.js';
import { JobSecrets } from '../../dist/apps/runner/src/secrets/index.js';
import { now, report, times } from './measure.mjs';

const RUNS = 5;
const READ = 64 * 1024;
const BYTES = 32 * 1024 * 1024;

/** Lines as builds print them, with words that secrets begin with. */
const LINE = 'npm info 2026-11-25 run test: tests/secret/token.spec.ts  passed 12 of 12 (0.13 s), nothing to hide\n';
const OUTPUT = Buffer.from(LINE.repeat(Math.ceil(BYTES / LINE.length)));

const secretsOf = (count) => {
  const values = Array.from({ length: count }, (_, n) => [
    `S${n}`,
    `secret-${n}/tok+en"${(n * 7919).toString(36)}-${'x'.repeat(20)}`,
  ]);
  return new JobSecrets({ values, withheld: [] }, () => {});
};

async function* reads() {
  for (let from = 0; from < OUTPUT.length; from += READ) yield OUTPUT.subarray(from, from + READ);
}

/** MB a second through masker, lines and chunks. */
const throughput = async (mask) => {
  const start = now();
  const { bytes } = await pumpLog(mask(reads()), { publish: async () => {}, now: Date.now });
  if (bytes !== OUTPUT.length) throw new Error(`${bytes} bytes came through of ${OUTPUT.length}`);
  return bytes / 1000 / (now() - start);
};

export const benchMasker = async () => {
  await throughput((output) => output);
  const without = await times(RUNS, () => throughput((output) => output));
  for (const count of [0, 1, 100]) {
    const secrets = secretsOf(count);
    await throughput((output) => secrets.masked(output)); // warm, as a service is
    const figure = await times(RUNS, () => throughput((output) => secrets.masked(output)));
    report(`a log with ${count} secrets looked for`, figure, { what: 'no masker', value: without }, 'MB/s');
  }
  const made = await times(RUNS, () => {
    const start = now();
    secretsOf(100);
    return now() - start;
  });
  report('100 secrets made ready for a job', made);
};
