import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '#testing';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { openBrowser } from '../harness/browser.js';
import { BUSYBOX_IMAGE, CHECKED_IMAGE, ensureCheckedImage, placesOf } from '../harness/images.js';
import { observe } from '../harness/observer.js';
import { startSystem, type System } from '../harness/system.js';

/** Jobs with services, from the push to the page. */
describe('services of jobs', () => {
  let system: System;
  let repo: GitFixture;
  let chromium: Awaited<ReturnType<typeof openBrowser>>;
  const identity = { id: 4711, name: 'octo/app' };

  beforeAll(async () => {
    await ensureCheckedImage();
    system = await startSystem({ executor: 'docker', environment: { CAIRN_SERVICE_LIMIT: '4' } });
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
    chromium = await openBrowser();
  });
  afterAll(async () => {
    await chromium?.browser.close();
    await system?.stop();
  });

  const push = async (...lines: readonly string[]): Promise<string> => {
    const sha = await repo.commit({ '.cairn.yml': [`image: ${BUSYBOX_IMAGE}`, ...lines].join('\n') });
    const payload = pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha });
    return (await system.delivery((await system.deliver('push', payload)).guid)).buildId ?? '';
  };
  const stepsOf = async (build: string, name: string) =>
    (await system.build(build)).jobs.find((job) => job.name === name)?.steps ?? [];
  const text = async (build: string, job: string, query: string): Promise<string> =>
    (await system.raw(build, job, query)).toString();
  const left = async (): Promise<string[]> =>
    placesOf((await readFile(join(system.environment.CAIRN_DATA_DIR, 'runner/id'), 'utf8')).trim());
  const nothingLeft = () => eventually(left, (places) => places.length === 0);

  /** A job with a web server that is healthy after a while, says who it is, and goes on to print. */
  const asking = (name: string): string[] => [
    `  ${name}:`,
    '    services:',
    '      web:',
    `        image: ${CHECKED_IMAGE}`,
    `        environment: {WHO: ${name}}`,
    '        command:',
    '          - sh',
    '          - -c',
    '          - |',
    '            echo "I am $WHO, <b>not</b> ready"; sleep 1; echo "$WHO" >/tmp/page; httpd -p 80 -h /tmp; touch /tmp/ready',
    '            trap "echo bye; exit" TERM; i=0; while :; do i=$((i+1)); echo "tick $i"; sleep 0.2; done',
    '    steps:',
    '      - wget -q -O - http://web/page',
    '      - until [ -e go ]; do sleep 0.1; done; wget -q -O - http://web/page',
  ];

  it('are reached by name once they are healthy, each job its own, and their logs are followed while it runs', async () => {
    const { place } = observe(system);
    const build = await push('jobs:', ...asking('one'), ...asking('two'));
    const names = ['one', 'two'] as const;
    for (const name of names) {
      await eventually(
        () => stepsOf(build, name),
        (steps) => steps.find(({ index }) => index === 2)?.status === 'running',
        60_000,
      );
      expect(await text(build, name, 'step=1')).toBe(`${name}\n`);
      const service = (await stepsOf(build, name)).find((step) => step.service === 'web');
      expect(service).toMatchObject({ name: 'service web', status: 'running', lines: null });
    }

    const { page, faults } = await chromium.open(`${system.api}/builds/${build}/jobs/one`);
    const entry = page.locator('[data-testid="service"][data-service="web"]');
    await page.locator('[data-testid="log-line"]').getByText('one', { exact: true }).waitFor();
    expect(await entry.getByTestId('log-line').count()).toBe(0);
    await entry.locator('summary').click();
    await entry.getByText('I am one, <b>not</b> ready', { exact: true }).waitFor();
    const last = async (): Promise<number> =>
      Number(/tick (\d+)\s*$/.exec((await entry.getByTestId('log').innerText()).trim())?.[1] ?? 0);
    const seen = await eventually(last, (tick) => tick > 0);
    await eventually(last, (tick) => tick > seen);
    expect(await entry.getAttribute('data-status')).toBe('running');
    const target = await entry.getByTestId('log-line').first().locator('a.number').getAttribute('href');

    for (const name of names) await (await place(build, name)).write('go', '');
    const end = await system.finished(build, 60_000);
    expect(end.status).toBe('passed');
    for (const name of names) {
      expect(await text(build, name, '')).toMatch(new RegExp(`\n${name}\n${name}\n`));
      expect(await text(build, name, '')).not.toContain('tick');
      const service = (await stepsOf(build, name)).find((step) => step.service === 'web');
      expect(service).toMatchObject({ status: 'passed', exitCode: null });
      const log = await text(build, name, 'service=web');
      expect(log).toMatch(new RegExp(`^I am ${name}, <b>not</b> ready\ntick 1\n(tick \\d+\n)*bye\n$`));
      expect([log.length, log.split('\n').length - 1]).toEqual([service?.bytes, service?.lines]);
    }
    await entry.getByText('bye', { exact: true }).waitFor();
    await entry.getByTestId('log').evaluate((box) => box.scrollTo(0, 0));
    const { lines } = (await stepsOf(build, 'one')).find((step) => step.service === 'web') ?? {};
    await eventually(
      () => entry.getByTestId('step-lines').innerText(),
      (said) => said === `${lines} of ${lines} lines`,
    );
    // A line of it has an address, which opens it.
    await page.goto(new URL(target ?? '', system.api).href);
    await page.reload();
    await entry.locator('.line.marked').getByText('I am one, <b>not</b> ready', { exact: true }).waitFor();
    expect(await page.locator('.steps .line.marked').count()).toBe(0);
    expect(faults).toEqual([]);
    await page.close();
    await nothingLeft();
  }, 120_000);

  it('that do not become ready, or may not be privileged, end the job by name and leave nothing', async () => {
    const build = await push(
      'jobs:',
      '  never:',
      '    services:',
      `      good: {image: ${CHECKED_IMAGE}, command: [sh, -c, 'touch /tmp/ready; echo good; sleep 1000']}`,
      `      db: {image: ${CHECKED_IMAGE}, command: [sh, -c, 'echo no disk for me; sleep 1000']}`,
      '    steps: [echo never]',
      '  dead:',
      `    services: {db: {image: ${BUSYBOX_IMAGE}, command: [sh, -c, 'echo bad settings; exit 7']}}`,
      '    steps: [echo never]',
      '  mighty:',
      `    services: {docker: {image: ${BUSYBOX_IMAGE}, command: [sleep, '1000'], privileged: true}}`,
      '    steps: [echo never]',
    );
    const end = await system.finished(build, 90_000);
    expect(end.status).toBe('failed');
    const failures = new Map(end.jobs.map(({ name, failure }) => [name, failure]));
    expect(failures.get('never')).toMatchObject({ kind: 'setup' });
    expect(failures.get('never')?.message).toMatch(/service db: .*4 s.*no disk for me/s);
    expect(failures.get('dead')?.message).toMatch(/service db: it ended with code 7 .*bad settings/s);
    expect(failures.get('mighty')?.message).toMatch(/service docker.*CAIRN_PRIVILEGED_REPOS.*octo\/app/s);
    expect(end.jobs.map(({ attempt, earlier }) => [attempt, earlier.length])).toEqual([1, 1, 1].map(() => [1, 0]));
    for (const { steps } of end.jobs) expect(steps.find(({ index }) => index === 1)?.status).toBe('skipped');
    expect(await text(build, 'never', 'service=good')).toBe('good\n');
    expect(await text(build, 'never', 'service=db')).toBe('no disk for me\n');
    await nothingLeft();
  }, 120_000);
});
