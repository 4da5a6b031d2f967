import 'reflect-metadata';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { readSecrets } from '#secrets';
import { eventually } from '#testing';
import { runCli } from '../cli.js';

describe('cairn secret', () => {
  let directory: string;
  let environment: Record<string, string>;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-secret-'));
    environment = {};
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const said = { out: '', err: '' };
  const output = { out: (text: string) => void (said.out += text), err: (text: string) => void (said.err += text) };
  const cairn = async (words: readonly string[], value: string | NodeJS.ReadableStream = '') => {
    Object.assign(said, { out: '', err: '' });
    const input = typeof value === 'string' ? Readable.from(value === '' ? [] : [Buffer.from(value)]) : value;
    const code = await runCli(['secret', ...words], { directory, environment, input, output });
    return { code, ...said };
  };
  const file = (): string => join(directory, '.cairn/secrets.json');
  const values = async (): Promise<string[]> => (await readSecrets(file())).map(({ value }) => value);

  it('stores what comes by standard input, for pushes of the default branch, and shows no value', async () => {
    const stored = await cairn(['set', 'octo/app', 'DEPLOY_KEY'], 'hunter2-hunter2\n');
    expect(stored).toMatchObject({ code: 0, err: '' });
    expect(stored.out).toBe(`DEPLOY_KEY of octo/app is stored in ${file()}, for push of the default branch\n`);
    expect(await readSecrets(file())).toEqual([
      { repo: 'octo/app', name: 'DEPLOY_KEY', value: 'hunter2-hunter2', events: ['push'] },
    ]);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    const shown = await cairn(['list']);
    expect(shown.out).toBe('REPOSITORY  NAME        FOR\nocto/app    DEPLOY_KEY  push of the default branch\n');
    const json = await cairn(['list', 'Octo/App', '--json']);
    expect(JSON.parse(json.out)).toEqual([{ repo: 'octo/app', name: 'DEPLOY_KEY', events: ['push'] }]);
    expect((await cairn(['list', 'octo/other', '--json'])).out).toBe('[]\n');
  });

  it('binds as told, and keeps that when only the value is new', async () => {
    const options = ['--events', 'push, tag', '--branches', 'main,release/*'];
    await cairn(['set', 'octo/app', 'KEY', ...options], 'the first value');
    const again = await cairn(['set', 'octo/app', 'KEY'], 'a second value');
    expect(again.out).toMatch(/for push of main, release\/\*; tags\n$/);
    expect(await values()).toEqual(['a second value']);
    await cairn(['set', 'octo/app', 'KEY', '--events', 'manual'], 'a third value');
    expect(await readSecrets(file())).toMatchObject([{ events: ['manual'], branches: ['main', 'release/*'] }]);
  });

  it('keeps a key of several lines as it is, and a line without its end', async () => {
    for (const [value, kept] of [
      ['line one\nline two\n', 'line one\nline two\n'],
      ['one line\r\n', 'one line'],
      ['no line end', 'no line end'],
    ] as const) {
      await cairn(['set', 'octo/app', 'KEY'], value);
      expect(await values()).toEqual([kept]);
    }
  });

  it('asks at a terminal, and does not show what is typed', async () => {
    const raw: boolean[] = [];
    const terminal = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => raw.push(on) });
    const done = cairn(['set', 'octo/app', 'KEY'], terminal);
    await eventually(
      () => said.err,
      (text) => text.startsWith('value of KEY'),
    );
    terminal.write('hunter3\u007f2-hun');
    terminal.write('ter2\r');
    const { code, out, err } = await done;
    expect([code, raw]).toEqual([0, [true, false]]);
    expect(out + err).not.toMatch(/hunt/);
    expect(await values()).toEqual(['hunter2-hunter2']);
  });

  it('stores nothing after Ctrl-C', async () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
    const done = cairn(['set', 'octo/app', 'KEY'], terminal);
    terminal.write('hunter2-hun\u0003');
    expect((await done).err).toContain('nothing was stored');
    expect(await readSecrets(file())).toEqual([]);
  });

  it.each<[readonly string[], string, number, RegExp]>([
    [['set', 'octo/app', 'KEY', 'hunter2-hunter2'], '', 2, /read from standard input/],
    [['set', 'octo/app', 'KEY', '--hunter2-hunter2'], '', 2, /no such option/],
    [['set', 'octo/app', 'KEY'], '', 2, /there is none/],
    [['set', 'octo/app', 'KEY'], 'hunt', 1, /at least 6 characters/],
    [['set', 'octo/app', 'deploy-key'], 'hunter2-hunter2', 2, /the secret's name must be/],
    [['set', 'app', 'KEY'], 'hunter2-hunter2', 2, /the secret's repo must be owner\/name/],
    [['set', 'octo/app', 'KEY', '--events', 'pusch'], 'hunter2-hunter2', 2, /some of push/],
    [['set', 'octo/app', 'KEY', '--branches', '/main'], 'hunter2-hunter2', 2, /patterns/],
    [['set', 'octo/app'], 'hunter2-hunter2', 2, /its repository and its name/],
    [['remove', 'octo/app', 'KEY'], '', 1, /no secret KEY of octo\/app is stored/],
    [['get', 'octo/app', 'KEY'], '', 2, /`secret set`/],
    [['constructor'], '', 2, /`secret set`/],
  ])('refuses %j', async (words, value, code, expected) => {
    const refused = await cairn(words, value);
    expect([refused.code, refused.out]).toEqual([code, '']);
    expect(refused.err).toMatch(expected);
    expect(refused.err).not.toMatch(/hunt/);
  });

  it('removes', async () => {
    await cairn(['set', 'octo/app', 'KEY'], 'hunter2-hunter2');
    expect((await cairn(['remove', 'Octo/app', 'KEY'])).code).toBe(0);
    expect(await readSecrets(file())).toEqual([]);
  });

  it('works on the file that the runner is set to, and says when that is open to others', async () => {
    environment = { CAIRN_SECRETS_FILE: join(directory, 'elsewhere') };
    await cairn(['set', 'octo/app', 'KEY'], 'hunter2-hunter2');
    expect(await readFile(join(directory, 'elsewhere'), 'utf8')).toContain('hunter2');
    await writeFile(join(directory, 'open'), '', { mode: 0o644 });
    environment = { CAIRN_SECRETS_FILE: join(directory, 'open') };
    expect(await cairn(['list'])).toMatchObject({ code: 1, out: '', err: expect.stringContaining('mode 0644') });
  });

  it('tells of itself', async () => {
    const { code, out } = await cairn(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('no secret leaves the machine');
  });
});
