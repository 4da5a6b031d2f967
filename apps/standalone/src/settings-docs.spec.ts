import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { CliConfig } from '../../cli/src/cli.config.js';
import { CONFIG_TYPES, settingNames } from './service-settings.js';

const ROW = /^\| `([A-Z0-9_]+)` +\| (.*?) +\| (.*?) +\|$/gm;
/** Set by the standalone for its runner, and the system's own. */
const UNDOCUMENTED = ['CAIRN_SAMPLE_REPO', 'PATH'];
/** What `npm start` makes of them differs from what a service alone would take. */
const OWN_DEFAULTS: Record<string, string> = {
  CAIRN_DATA_DIR: '`.cairn`',
  CAIRN_GIT_ROOT: '`.cairn/git`',
  CAIRN_LOG_DIR: '`.cairn/logs`',
  CAIRN_NATS_URL: 'a server of its own',
  CAIRN_ADMIN_TOKEN: 'made, in `.cairn/admin-token`',
  CAIRN_WEBHOOK_SECRET: 'made, in `.cairn/webhook-secret`',
  CAIRN_RUNNER_SLOTS: 'one for each core',
  CAIRN_JOB_CPUS_LIMIT: "the machine's",
  CAIRN_JOB_MEMORY_LIMIT_BYTES: "the machine's",
};

const documented = async (): Promise<Map<string, string>> => {
  const text = await readFile('docs/settings.md', 'utf8');
  return new Map([...text.matchAll(ROW)].map(([, name = '', value = '']) => [name, value]));
};

const shown = (value: unknown): string => (value === undefined || value === '' ? 'unset' : `\`${String(value)}\``);

describe('docs/settings.md', () => {
  it('has every setting that there is, and no other', async () => {
    const names = new Set([...settingNames(), ...Object.keys(new CliConfig())]);
    for (const name of UNDOCUMENTED) names.delete(name);
    expect([...(await documented()).keys()].sort()).toEqual([...names].sort());
  });

  it('tells the defaults', async () => {
    const defaults = new Map<string, string>();
    for (const type of [CliConfig, ...Object.values(CONFIG_TYPES)])
      for (const [name, value] of Object.entries(new type())) defaults.set(name, OWN_DEFAULTS[name] ?? shown(value));
    for (const [name, value] of await documented()) expect(`${name} ${value}`).toBe(`${name} ${defaults.get(name)}`);
  });

  it('is what --help shows, without anything being started', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['scripts/start.mjs', '--help']);
    for (const name of (await documented()).keys()) expect(stdout).toContain(`  ${name} (`);
  });
});
