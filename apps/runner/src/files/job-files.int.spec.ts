import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import { createBlobStores, type BlobStores } from '#blob-store';
import type { StoredArtifact } from '#domain';
import { ArtifactUnavailable, RefusedEntry, TooManyArtifacts } from '#errors';
import { jobId, type JobTemplate, type TestReport, type Trigger } from '#events';
import { connectToNats, DEFAULT_STREAM_SETTINGS, setUpJetStream } from '#jetstream';
import { BUILD_ID, startNats, type TestNats } from '#testing';
import { HostExecutor, type Sandbox } from '../executor/index.js';
import type { JobOf } from '../job-of.js';
import { JobSecrets } from '../secrets/index.js';
import { SlotRecords } from '../slot-records.js';
import { JobFiles, type FileTools } from './job-files.js';

const LIMITS: FileTools['limits'] = {
  artifacts: { fileBytes: 1e6, jobBytes: 1e6, files: 100 },
  caches: { cacheBytes: 1e6, repoBytes: 1e7, allBytes: 1e7 },
};
const TRIGGER: Trigger = {
  ...{ event: 'push', ref: 'refs/heads/main', sha: 'a'.repeat(40), branch: 'main', isDefaultBranch: true },
  ...{ title: '', author: '' },
};
const GIVER = { jobId: jobId('make', {}), title: 'make' };

/** Files of jobs on the host, with a real JetStream. */
describe('the files of a job', () => {
  let nats: TestNats;
  let nc: NatsConnection;
  let directory: string;
  let executor: HostExecutor;
  let sandbox: Sandbox;
  let blobs: BlobStores;
  let stored: Map<string, StoredArtifact>;
  let tested: TestReport[];
  let lines: string[];
  let steps = 0;
  let repos = 0;
  const say = (line: string): number => lines.push(line);
  const { signal } = new AbortController();

  beforeAll(async () => {
    nats = await startNats();
    nc = await connectToNats({ url: nats.url, name: 'test' });
    await setUpJetStream(nc, DEFAULT_STREAM_SETTINGS, []);
    blobs = createBlobStores(nc, undefined);
    directory = await mkdtemp(join(tmpdir(), 'cairn-files-'));
    executor = new HostExecutor({ dataDir: directory, path: process.env['PATH'] as string });
  });
  afterAll(async () => {
    await nc.close();
    await nats.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const newPlace = async (): Promise<void> => {
    lines = [];
    sandbox = await executor.create({ slot: `files${(steps += 1)}`, environment: {}, fork: false });
  };
  beforeEach(async () => {
    stored = new Map();
    tested = [];
    repos += 1;
    await newPlace();
  });
  afterEach(() => executor.reap(new Set()));

  const secrets = new JobSecrets({ values: [['WORD', 'hunter2']], withheld: [] }, () => undefined);
  const run = async (script: string): Promise<string> => {
    const running = sandbox.run({ number: (steps += 1), script, environment: {} });
    let output = '';
    for await (const bytes of running.output) output += bytes.toString();
    expect(await running.exit).toMatchObject({ code: 0 });
    return output;
  };
  const filesOf = (template: Partial<JobTemplate>, change: Partial<FileTools> = {}): JobFiles => {
    const job = {
      request: { buildId: BUILD_ID, repoId: `gh-${repos}`, trigger: TRIGGER },
      ...{ planned: { id: `test${steps}` }, attempt: 1, givers: [GIVER] },
    } as unknown as JobOf;
    return new JobFiles(job, template as JobTemplate, {
      ...{ blobs, limits: LIMITS, mask: (text) => text.replaceAll('hunter2', '***') },
      artifactsOf: () => Promise.resolve(stored.values()),
      stored: (artifact) => Promise.resolve(void stored.set(artifact.name, artifact)),
      records: new SlotRecords(join(directory, 'slots')),
      slot: sandbox.slot,
      masker: () => secrets.masker(),
      tested: (report) => Promise.resolve(void tested.push(report)),
      ...change,
    });
  };
  const keep = (patterns: readonly string[], known = new Map<string, StoredArtifact>(), change = {}): Promise<void> =>
    filesOf({ artifacts: patterns }, change).keepArtifacts(sandbox, known, say, signal);
  const take = (): Promise<void> => filesOf({}).take(sandbox, {}, say, signal);

  it('are found by other jobs as they were kept', async () => {
    await run(
      'mkdir -p d/e .git; echo a >d/a; echo b >d/e/b; chmod 700 d/e/b; ln d/a d/same; ln -s ../a d/e/up; echo x >.git/x',
    );
    await keep(['**']);
    expect([...stored.keys()].sort()).toEqual(['d/a', 'd/e/b', 'd/e/up', 'd/same']);
    await newPlace();
    await take();
    expect(await run('cat d/a d/same d/e/up; ls -l d/e/b | cut -c1-10')).toBe('a\na\na\n-rwxr-xr-x\n');
    expect(lines).toEqual(['4 artifacts of make unpacked, 6 B']);
  });

  it('are refused by name where they lead out, are no files, or tell a secret', async () => {
    await run('mkfifo pipe; ln -s ../home out; ln -s / root; echo a >hunter2; echo b >b');
    await keep(['*']);
    expect([...stored.keys()]).toEqual(['b']);
    expect(lines).toEqual([
      'kept b, 2 B',
      expect.stringMatching(/^not kept: hunter2: /),
      expect.stringMatching(/^not kept: out: it is a link to \.\.\/home, which leads out/),
      expect.stringMatching(/^not kept: pipe: it is no plain file/),
      expect.stringMatching(/^not kept: root: it is a link to \/:/),
      '1 file kept, 2 B',
    ]);
  });

  it('have limits that say what is too much', async () => {
    await run('head -c 600000 /dev/zero >a; head -c 600000 /dev/zero >b; head -c 1000001 /dev/zero >c');
    await expect(keep(['a', 'b'])).rejects.toThrow('with b it would be more than 976.6 KiB in all');
    await expect(keep(['c'])).rejects.toThrow(TooManyArtifacts);
    const few = { limits: { ...LIMITS, artifacts: { ...LIMITS.artifacts, files: 1 } } };
    await expect(keep(['a', 'b'], undefined, few)).rejects.toThrow('there are more than 1 files; the next is b');
  });

  it('are not kept a second time by who takes the job over, and are told the same', async () => {
    await run('echo a >a; echo b >b');
    await keep(['*']);
    const [before, known] = [lines, stored];
    [lines, stored] = [[], new Map()];
    await keep(['*'], new Map([...known].slice(0, 1)));
    expect([...stored.keys()]).toEqual(['b']);
    expect(lines).toEqual(before);
  });

  it('tell what tests came to, without secrets, and what cannot be read of them', async () => {
    const report =
      '<testsuite name="s"><testcase name="a"/><testcase name="b"><failure>hunter2 hun&#116;er2 &amp;</failure>';
    await run(`mkdir r; echo '${report}</testcase></testsuite>' >r/a.xml; echo '<html>' >r/b.xml; ln -s a.xml r/c.xml`);
    const files = filesOf({ reports: { junit: ['r/*.xml', 'none.xml'] } });
    expect(files.stepName).toBe('Keep reports');
    await files.report(sandbox, say, signal);
    expect(tested).toMatchObject([
      {
        totals: { passed: 1, failed: 1, errors: 0, skipped: 0 },
        cases: [{ name: 'b', details: '*** *** &', message: '*** *** &' }, { name: 'a' }],
        unread: [{ file: 'r/b.xml', reason: 'it is no JUnit report: it begins with <html>' }],
      },
    ]);
    expect(lines).toEqual([
      'not read: r/b.xml: it is no JUnit report: it begins with <html>',
      'not read: r/c.xml: it is a link',
      'nothing matches none.xml',
      'tests: 1 failed, 1 passed',
    ]);
    await filesOf({ reports: { junit: ['none.xml'] } }).report(sandbox, say, signal);
    expect(tested).toHaveLength(1);
  });

  it('are kept when the store is back', async () => {
    await run('echo a >a; echo b >b');
    await nats.kill();
    const kept = keep(['*']);
    await nats.restart();
    await kept;
    expect(lines.at(-1)).toBe('2 files kept, 4 B');
  }, 60_000);

  it('that are gone, changed or in the way of something are named', async () => {
    await run('echo a >a');
    await keep(['a']);
    const artifact = stored.get('a') as StoredArtifact;
    await newPlace();
    stored.set('a', { ...artifact, sha256: '0'.repeat(64) });
    await expect(take()).rejects.toThrow('artifact a of job make: what is stored is not what was kept');
    stored.set('a', { ...artifact, key: 'nowhere' });
    await expect(take()).rejects.toThrow(ArtifactUnavailable);
    stored = new Map([['../a', { ...artifact, name: '../a' }]]);
    await expect(take()).rejects.toThrow('leads elsewhere');
    stored = new Map([['a/b', { ...artifact, name: 'a/b' }]]);
    await run('rm -f a; ln -s / a');
    await expect(take()).rejects.toThrow(RefusedEntry);
  });

  describe('in a cache', () => {
    const cache = (change = {}): Partial<JobTemplate> => ({
      cache: [
        {
          key: "k-${{ hash('lock') }}",
          restoreKeys: ['k-'],
          paths: ['deps', '~/.store', '/etc', 'a/../../b'],
          ...change,
        },
      ],
    });
    const pass = async (template: Partial<JobTemplate>, script: string, change = {}): Promise<string> => {
      await newPlace();
      const files = filesOf(template, change);
      await files.take(sandbox, {}, say, signal);
      const output = await run(script);
      await files.saveCaches(sandbox, say, signal);
      return output;
    };
    const WRITE = 'mkdir -p deps ~/.store; echo a >deps/a; ln -s /etc deps/link; echo b >~/.store/b';

    it('come back, links too, and what is elsewhere is told', async () => {
      await pass(cache(), WRITE);
      expect(lines).toContain("hash('lock'): no file matches");
      expect(lines).toContain('/etc is not cached: it is neither in the workspace nor below ~');
      expect(await pass(cache(), 'cat deps/a ~/.store/b; readlink deps/link')).toBe('a\nb\n/etc\n');
      expect(await pass(cache({ key: 'k-other' }), 'cat deps/a')).toBe('a\n');
      expect(lines.at(-1)).toMatch(/^cache k-other saved/);
    });

    it('are saved by who takes the job over, under the key of before its first step', async () => {
      await run('echo 1 >lock');
      await filesOf(cache()).take(sandbox, {}, say, signal);
      const [asked] = lines.slice(-1);
      await run(`${WRITE}; echo 2 >lock`);
      await filesOf(cache()).saveCaches(sandbox, say, signal);
      expect(`no cache for ${/^cache (\S+) saved/.exec(lines.at(-1) ?? '')?.[1]}`).toBe(asked);
      // One that was there is not written again, which only its own record tells.
      await newPlace();
      await run('echo 1 >lock');
      await filesOf(cache()).take(sandbox, {}, say, signal);
      expect(lines.at(-1)).toMatch(/restored/);
      await filesOf(cache()).saveCaches(sandbox, say, signal);
      expect(lines.at(-1)).toMatch(/restored/);
      await new SlotRecords(join(directory, 'slots')).remove(sandbox.slot);
      await filesOf(cache()).saveCaches(sandbox, say, signal);
      expect(lines.at(-1)).toMatch(/^caches are not saved: .* cannot be read/);
    });

    it('never fail the job when they are damaged, too large or nothing', async () => {
      await pass(cache({ key: 'none' }), 'echo');
      expect(lines.at(-1)).toBe('cache none is not saved: there is nothing at its paths');
      await pass(cache({ key: 'large' }), 'mkdir deps; head -c 2000000 /dev/urandom >deps/a');
      expect(lines.at(-1)).toMatch(/^cache large is not saved: it has more than 976.6 KiB/);
      await pass(cache({ key: 'k' }), WRITE);
      for await (const { key } of blobs.caches.list('cache/'))
        await blobs.caches.put(key, rubbish(), { maxBytes: 1e6 });
      expect(await pass(cache({ key: 'k' }), 'echo goes on')).toBe('goes on\n');
      expect(lines.some((line) => line.startsWith('the cache is not restored: '))).toBe(true);
    });

    it('make room for one another', async () => {
      const limits = { ...LIMITS, caches: { ...LIMITS.caches, repoBytes: 250_000 } };
      const large = 'mkdir -p deps; head -c 100000 /dev/urandom >deps/a';
      for (const key of ['1', '2', '1', '3']) await pass(cache({ key, restoreKeys: [] }), large, { limits });
      expect(lines.at(-1)).toBe('cache 2 was not used for longest, and makes room');
    });
  });
});

async function* rubbish(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('this is no archive');
}
