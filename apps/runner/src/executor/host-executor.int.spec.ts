import { jest } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxDetached } from '#errors';
import { describeExecutor } from './executor.contract.js';
import type { Sandbox } from './executor.js';
import { HostExecutor } from './host-executor.js';

// Other tests may be running on the same cores.
jest.setTimeout(60_000);

const dataDir = mkdtempSync(join(tmpdir(), 'cairn-host-'));
afterAll(() => rm(dataDir, { recursive: true, force: true }));

describeExecutor('HostExecutor', () => new HostExecutor({ dataDir }), {
  shell: 'bash',
  unmakeable: { fork: true },
  refusesForks: true,
  adopts: false,
  leftovers: (slot) => Promise.resolve(existsSync(join(dataDir, 'slots', slot)) ? [slot] : []),
});

describe('the leader of a host job', () => {
  const spec = { environment: {}, fork: false };

  const runs = async (sandbox: Sandbox, script: string): Promise<string> => {
    const step = sandbox.run({ number: 1, script, environment: {} });
    const chunks: Buffer[] = [];
    for await (const chunk of step.output) chunks.push(chunk);
    await step.exit;
    return Buffer.concat(chunks).toString('utf8');
  };

  const parentOf = async (executor: HostExecutor, slot: string, script = ''): Promise<string> => {
    const sandbox = await executor.create({ ...spec, slot });
    const words = await runs(sandbox, `ps -o sid= -p $$\n${script}`);
    await sandbox.remove();
    return words;
  };

  it('serves the next job', async () => {
    const executor = new HostExecutor({ dataDir });
    expect(await parentOf(executor, 'leader1')).toBe(await parentOf(executor, 'leader2'));
  });

  it('is not lent to two, when the place is removed while its first step begins', async () => {
    const executor = new HostExecutor({ dataDir });
    const sandbox = await executor.create({ ...spec, slot: 'leader7' });
    const step = sandbox.run({ number: 1, script: 'sleep 1000', environment: {} });
    await sandbox.remove();
    await expect(step.exit).rejects.toThrow(SandboxDetached);
    expect(await parentOf(executor, 'leader8')).toMatch(/^ *[0-9]+\n$/);
  });

  it('does not, when something may still write to its pipe', async () => {
    const executor = new HostExecutor({ dataDir });
    const escaped = join(dataDir, 'escaped');
    const escape = `env -i setsid sh -c 'echo $$ >${escaped}; exec sleep 1000' & until [ -s ${escaped} ]; do :; done`;
    const first = await parentOf(executor, 'leader3', escape);
    process.kill(Number(readFileSync(escaped, 'utf8')), 'SIGKILL');
    expect(await parentOf(executor, 'leader4')).not.toBe(first);
  });

  it('is not ended with a job that was removed before, and is asked again to be removed', async () => {
    const executor = new HostExecutor({ dataDir });
    const first = await executor.create({ ...spec, slot: 'leader5' });
    await runs(first, 'true');
    await first.remove();
    const second = await executor.create({ ...spec, slot: 'leader6' });
    const words = runs(second, 'echo begun; until [ -s ../go ]; do sleep 0.01; done; cat ../go');
    await first.remove();
    await executor.reap(new Set(['leader6']));
    const go = join(dataDir, 'slots/leader6/go');
    writeFileSync(go, 'on\n');
    expect(await words).toBe('begun\non\n');
    await second.remove();
  });
});
