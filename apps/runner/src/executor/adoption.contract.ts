import { randomBytes, randomInt } from 'node:crypto';
import { SandboxLost } from '#errors';
import { archive, bytesOf, countProcesses, does, finish, newSlot, readUntil, sha256, step } from './steps.contract.js';
import type { Executor, Sandbox, SandboxSpec } from './executor.js';

type Setting = Readonly<{
  executor: () => Executor;
  makeExecutor: () => Executor;
  make: () => Promise<Sandbox>;
  specOf: (slot: string) => SandboxSpec;
  options: Readonly<{ adopts: boolean; leftovers: (slot: string) => Promise<string[]> }>;
}>;

/** What becomes of a place when the process that made it is gone: part of the executors' contract. */
export const describeAdoption = ({ executor, makeExecutor, make, specOf, options }: Setting): void => {
  describe('adoption', () => {
    it('finds nothing where nothing is', async () => {
      expect(await executor().adopt(specOf(newSlot()))).toBeUndefined();
    });

    if (!options.adopts) {
      it('ends what an earlier process has left, and says that there is nothing to take over', async () => {
        const seconds = randomInt(1e7, 9e7);
        const sandbox = await make();
        const running = sandbox.run(step(`sleep ${seconds} & env -i sleep ${seconds}`));
        await running.accepted;
        await sandbox.detach();
        expect(await makeExecutor().adopt(specOf(sandbox.slot))).toBeUndefined();
        expect(await options.leftovers(sandbox.slot)).toEqual([]);
        expect((await finish(await make(), step(countProcesses(seconds)))).output).toBe('0\n');
      });
      return;
    }

    const adopt = async (slot: string): Promise<Sandbox> => {
      const sandbox = await makeExecutor().adopt(specOf(slot));
      if (!sandbox) throw new SandboxLost('nothing was adopted');
      return sandbox;
    };

    it('goes on with a running step from its first byte, without executing it twice', async () => {
      const sandbox = await make();
      const blob = Buffer.concat([randomBytes(2_000_000), Buffer.from('x'.repeat(70_000)), randomBytes(1000)]);
      await sandbox.unpack(archive({ blob }));
      const command = does({ env: 'RUN=1', show: 'blob', say: ['', 'half'], await: 'go', then: { show: 'blob' } });
      const running = sandbox.run(command);
      await readUntil(running.output[Symbol.asyncIterator](), 'half');
      await sandbox.detach();
      await expect(running.exit).rejects.toMatchObject({ disposition: 'abandon' });

      const successor = await adopt(sandbox.slot);
      const again = successor.run(command);
      const bytes = again.output[Symbol.asyncIterator]();
      const parts: Buffer[] = [];
      let go = false;
      for (let next = await bytes.next(); !next.done; next = await bytes.next()) {
        parts.push(next.value);
        if (!go && Buffer.concat(parts).length > blob.length) {
          go = true;
          await successor.unpack(archive({ go: '' }));
        }
      }
      const expected = Buffer.concat([blob, Buffer.from('\nhalf\n'), blob]);
      expect(sha256(Buffer.concat(parts))).toBe(sha256(expected));
      expect((await again.exit).code).toBe(0);
      expect((await successor.exchange()).environment.toString()).toBe('RUN=1\n');
      expect(await finish(successor, does({ say: 'next' }, 2))).toMatchObject({ output: 'next\n' });
    });

    it('gives the output of a step that ended meanwhile, then runs the next; steps before are skipped', async () => {
      const sandbox = await make();
      await finish(sandbox, does({ env: 'RUN=1', say: 'one' }));
      const command = does({ env: 'RUN=2', print: 'two', exit: 9 }, 2);
      const second = sandbox.run(command);
      await second.exit;
      await sandbox.detach();
      const successor = await adopt(sandbox.slot);
      const again = await finish(successor, command);
      expect(again).toMatchObject({ output: 'two', code: 9 });
      expect(await finish(successor, does({ say: 'next' }, 3))).toMatchObject({ output: 'next\n' });
      expect((await successor.exchange()).environment.toString()).toBe('RUN=1\nRUN=2\n');
    });

    it('runs a step that was never sent', async () => {
      const sandbox = await make();
      await sandbox.detach();
      expect(await finish(await adopt(sandbox.slot), does({ say: 'now' }))).toMatchObject({ output: 'now\n' });
    });

    it('can be stopped, and is held up when nobody reads', async () => {
      const sandbox = await make();
      const command = does({ trap: 'nothing', flood: true });
      const first = sandbox.run(command);
      await first.output[Symbol.asyncIterator]().next(); // the trap is set
      await sandbox.detach();
      const again = (await adopt(sandbox.slot)).run(command);
      await again.stop(1000);
      expect((await bytesOf(again)).length).toBeGreaterThan(8192);
      expect((await again.exit).code).toBe(137);
    });

    it('does not take over a place that has ended', async () => {
      const sandbox = await make();
      await sandbox.run(does({ lose: true })).exit.catch(() => undefined);
      expect(await makeExecutor().adopt(specOf(sandbox.slot))).toBeUndefined();
      expect(await options.leftovers(sandbox.slot)).toEqual([]);
    });
  });
};
