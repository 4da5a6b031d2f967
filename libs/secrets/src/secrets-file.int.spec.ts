import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretsUnusable } from '#errors';
import { changeSecrets, readSecrets, storeSecret, type StoredSecret } from './index.js';

const SECRET: StoredSecret = { repo: 'octo/app', name: 'KEY', value: 'hunter2-hunter2', events: ['push'] };

describe('the file of the secrets', () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-secrets-'));
    file = join(directory, 'below/secrets.json');
    await mkdir(join(directory, 'below'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const problem = (): Promise<string> =>
    readSecrets(file).then(
      () => 'none',
      (error: unknown) => (error instanceof SecretsUnusable ? error.message : String(error)),
    );
  const write = (content: unknown): Promise<void> =>
    writeFile(file, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });

  it('is no secrets when it is not there', async () => expect(await readSecrets(file)).toEqual([]));

  it('keeps what is stored, for us alone, and shows a change at once', async () => {
    await rm(join(directory, 'below'), { recursive: true });
    await storeSecret(file, SECRET);
    await storeSecret(file, { ...SECRET, name: 'OTHER', value: 'lines\nof "it" é', branches: ['main'] });
    await storeSecret(file, { ...SECRET, repo: 'Octo/App', value: 'a newer one' });
    expect(await readSecrets(file)).toEqual([
      { ...SECRET, name: 'OTHER', value: 'lines\nof "it" é', branches: ['main'] },
      { ...SECRET, repo: 'Octo/App', value: 'a newer one' },
    ]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'below'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(directory, 'below'))).toEqual(['secrets.json']);
  });

  it.each([0o644, 0o640, 0o602, 0o660])('is refused when others have access (%i)', async (mode) => {
    await storeSecret(file, SECRET);
    await chmod(file, mode);
    expect(await problem()).toMatch(/^the secrets in .*secrets.json cannot be used: .*\(mode 06\d\d\); chmod 600 /);
  });

  it('is refused when it is no plain file', async () => {
    await mkdir(file);
    expect(await problem()).toMatch(/no plain file/);
  });

  it('may be a link to a file that is private', async () => {
    await storeSecret(join(directory, 'real'), SECRET);
    await symlink(join(directory, 'real'), file);
    expect(await readSecrets(file)).toEqual([SECRET]);
  });

  it.each<[unknown, RegExp]>([
    ['{"version": 1, "secrets": [hunter2]}', /it is not JSON/],
    ['', /it is not JSON/],
    [[], /must be an object with `version`/],
    [{ version: 2, secrets: [] }, /must be an object with `version`/],
    [{ version: 1, secrets: [], hunter2: 'x' }, /there must be nothing/],
    [{ version: 1, secrets: ['hunter2'] }, /secrets\[0\]: must be an object/],
    [{ version: 1, secrets: [SECRET, { ...SECRET, name: 'hunter2-' }] }, /secrets\[1\]\.name: must be/],
    [{ version: 1, secrets: [{ ...SECRET, value: 'hunte' }] }, /secrets\[0\]\.value: must have at least 6/],
    [{ version: 1, secrets: [{ ...SECRET, value: ' hunt ' }] }, /secrets\[0\]\.value: must have at least 6/],
    [{ version: 1, secrets: [{ ...SECRET, value: 'hunter2\0' }] }, /secrets\[0\]\.value: .*NUL/],
    [{ version: 1, secrets: [{ ...SECRET, value: 'hunter2\ud800' }] }, /secrets\[0\]\.value: .*UTF-8/],
    [{ version: 1, secrets: [{ ...SECRET, value: 'x'.repeat(16_385) }] }, /secrets\[0\]\.value: .*16384/],
    [{ version: 1, secrets: [{ ...SECRET, repo: '../app' }] }, /secrets\[0\]\.repo/],
    [{ version: 1, secrets: [{ ...SECRET, events: ['hunter2'] }] }, /secrets\[0\]\.events: must be some of push/],
    [{ version: 1, secrets: [{ ...SECRET, events: [] }] }, /secrets\[0\]\.events/],
    [{ version: 1, secrets: [{ ...SECRET, branches: [] }] }, /secrets\[0\]\.branches/],
    [{ version: 1, secrets: [{ ...SECRET, branches: ['/main'] }] }, /secrets\[0\]\.branches/],
    [{ version: 1, secrets: [{ ...SECRET, hunter2: 1 }] }, /a part that is unknown/],
    [{ version: 1, secrets: [SECRET, SECRET] }, /secrets\[1\]: is the same as secrets\[0\]/],
  ])('is refused with the place and without the content: %j', async (content, expected) => {
    await write(content);
    const words = await problem();
    expect(words).toMatch(expected);
    expect(words).not.toMatch(/hunt/);
    expect(words).toContain(file);
  });

  it('stays as it was when a change fails, and is changed by one at a time', async () => {
    await storeSecret(file, SECRET);
    const before = await readFile(file);
    await expect(storeSecret(file, { ...SECRET, value: 'short' })).rejects.toThrow(
      /the secret's value must have at least 6/,
    );
    const change = (): never => {
      throw new RangeError('no');
    };
    await expect(changeSecrets(file, change)).rejects.toThrow('no');
    expect(await readFile(file)).toEqual(before);
    expect(await readdir(join(directory, 'below'))).toEqual(['secrets.json']);
    await writeFile(`${file}.new`, '');
    await expect(storeSecret(file, SECRET)).rejects.toThrow(/somebody else is changing .*; if nobody is, remove /);
    await rm(`${file}.new`);
    await storeSecret(file, SECRET);
  });
});
