import { mkdtempSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineUnavailable } from '#errors';
import { describeExecutor } from '../../src/executor/executor.contract.js';
import { ScriptedEngine, ScriptedExecutor, scriptedOnly } from './index.js';

const directory = mkdtempSync(join(tmpdir(), 'cairn-scripted-'));
const engine = new ScriptedEngine(directory);
afterAll(() => rm(directory, { recursive: true, force: true }));

describeExecutor('ScriptedExecutor', () => new ScriptedExecutor(engine), {
  image: 'any:1',
  mates: { other: 'other:1', bash: 'other:1', service: 'service:1', checked: 'service:1' },
  shell: 'none',
  unmakeable: { image: 'registry.invalid/no/such:1' },
  refusesForks: false,
  adopts: true,
  leftovers: async (slot) => (await readdir(directory)).filter((name) => name === slot),
});

describe('ScriptedExecutor', () => {
  const executor = new ScriptedExecutor(engine);
  const spec = { image: 'any:1', environment: {}, fork: false };
  const run = (script: string, slot: string) =>
    executor
      .create({ ...spec, slot }, () => undefined)
      .then((sandbox) => {
        const step = sandbox.run({ number: 1, script, environment: {} });
        step.accepted.catch(() => undefined);
        return step;
      });
  afterEach(() => executor.reap(new Set()));

  it('names what has run out, and only of a step that failed', async () => {
    const exit = async (code: number) =>
      (await run(scriptedOnly({ shortage: 'memory', exit: code }), `slot${code}`)).exit;
    expect(await exit(137)).toMatchObject({ code: 137, shortage: 'memory' });
    expect(await exit(0)).not.toHaveProperty('shortage');
  });

  it('loses its engine in mid-step', async () => {
    const step = await run(scriptedOnly({ say: 'begun', break: true }), 'slot3');
    await expect(step.exit).rejects.toThrow(EngineUnavailable);
  });

  it('makes and finds nothing while its engine is away, and says why', async () => {
    engine.outage = 'it is away';
    expect(await executor.unavailable()).toBe('it is away');
    await expect(run('', 'slot4')).rejects.toThrow(EngineUnavailable);
    await expect(executor.adopt({ ...spec, slot: 'slot4' })).rejects.toThrow('it is away');
    engine.outage = undefined;
  });
});
