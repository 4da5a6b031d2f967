import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { buildId, chainOf, CHAIN_START } from '../../dist/libs/events/src/index.js';
import { EmbeddedLogStore, parseLogQuery } from '../../dist/libs/log-store/src/index.js';
import { now, report, times } from './measure.mjs';

const RUNS = 9;
const LINES = Number(process.env.BENCH_SEARCH_LINES ?? 1_000_000);
const LINES_A_BUILD = 50_000;
const LINES_A_CHUNK = 2_000;
const WORDS = Array.from({ length: 20_000 }, (_, n) => `${((n * 2_654_435_761) % 4_294_967_296).toString(36)}`);

/** About 100 bytes, as builds print them: some words often, most seldom. */
const lineOf = (n) => {
  const word = (k) => WORDS[Math.floor(((n * 7919 + k * 104_729) % 10_007) ** 2 / 5_007) % WORDS.length];
  return `2026-11-25T12:00:00Z npm info ${word(1)} ${word(2)} src/${word(3)}/${word(4)}.ts passed in ${n % 977} ms ${word(5)} ${word(6)}`;
};

const waitUntil = async (ask) => {
  while (!(await ask())) await new Promise((resolve) => setTimeout(resolve, 50));
};

/** Fills a store as a shipper would, and the same lines into one file. Returns how many bytes. */
const fill = async (store, file) => {
  let bytes = 0;
  const out = createWriteStream(file);
  for (let first = 0; first < LINES; first += LINES_A_BUILD) {
    const address = { buildId: buildId(first + 1, `bench ${first}`), jobId: 'test', attempt: 1, step: 1 };
    let [from, offset, chain] = [1, 0, CHAIN_START];
    for (let at = first; at < Math.min(LINES, first + LINES_A_BUILD); at += LINES_A_CHUNK) {
      const texts = Array.from({ length: LINES_A_CHUNK }, (_, k) => lineOf(at + k));
      if (at <= LINES / 3 && LINES / 3 < at + LINES_A_CHUNK) texts[7] = 'an onlyonce word';
      const data = Buffer.from(`${texts.join('\n')}\n`);
      chain = chainOf(chain, data);
      await store.append(address, [
        { from, offset, bytes: data.length, chain, lines: texts.map((x) => ({ t: at, x })) },
      ]);
      if (!out.write(data)) await once(out, 'drain');
      [from, offset, bytes] = [from + texts.length, offset + data.length, bytes + data.length];
    }
  }
  out.end('the last line: endofall\n');
  await once(out, 'close');
  const last = Buffer.from('the last line: endofall\n');
  const address = { buildId: buildId(LINES + 1, 'bench end'), jobId: 'test', attempt: 1, step: 1 };
  const chunk = { from: 1, offset: 0, bytes: last.length, chain: chainOf(CHAIN_START, last) };
  await store.append(address, [{ ...chunk, lines: [{ t: 0, x: 'the last line: endofall' }] }]);
  return bytes;
};

export const benchSearch = async () => {
  const root = await mkdtemp(join(tmpdir(), 'cairn-bench-'));
  const store = new EmbeddedLogStore(join(root, 'logs'), { indexes: true });
  try {
    const file = join(root, 'all.log');
    const start = now();
    const bytes = await fill(store, file);
    const ask = async (q, limit = 50) => (await store.search({ query: parseLogQuery(q), limit })).hits.length;
    await waitUntil(() => ask('endofall'));
    const rate = bytes / 1000 / (now() - start);
    const index = (await stat(join(root, 'logs', 'search-1.db'))).size;
    report(`${LINES.toLocaleString('en')} lines stored and indexed`, rate, undefined, 'MB/s');
    report('the index, for each byte of log', index / bytes, undefined, 'bytes');
    const scan = await times(3, () => {
      const before = now();
      execFileSync('grep', ['-c', 'onlyonce', file]);
      return now() - before;
    });
    const measured = (q, found) =>
      times(RUNS, async () => {
        const before = now();
        if ((await ask(q)) !== found) throw new Error(`${q} was not found ${found} times`);
        return now() - before;
      });
    const floor = { what: 'grep over the same lines', value: scan };
    report('a rare word among them', await measured('onlyonce', 1), floor);
    report('50 of the lines with a common word', await measured('passed', 50), floor);
    report('a word that is nowhere', await measured('nosuchword', 0), floor);
  } finally {
    await store.close();
    await rm(root, { recursive: true });
  }
};
