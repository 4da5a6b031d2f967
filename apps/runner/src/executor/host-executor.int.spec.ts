import { jest } from '@jest/globals';
import { existsSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeExecutor } from './executor.contract.js';
import { HostExecutor } from './host-executor.js';

// Other tests may be running on the same cores.
jest.setTimeout(60_000);

const dataDir = mkdtempSync(join(tmpdir(), 'cairn-host-'));
afterAll(() => rm(dataDir, { recursive: true, force: true }));

describeExecutor('HostExecutor', () => new HostExecutor({ dataDir }), {
  bash: true,
  refusesForks: true,
  adopts: false,
  leftovers: (slot) => Promise.resolve(existsSync(join(dataDir, 'slots', slot)) ? [slot] : []),
});
