import { randomBytes } from 'node:crypto';
import { ForkRefused, SandboxLost, UnusableStep } from '#errors';
import { describeAdoption } from './adoption.contract.js';
import { archive, brokenArchive, bytesOf, does, finish, newSlot, readUntil, sha256, step } from './steps.contract.js';
import type { Executor, Sandbox, SandboxSpec, SandboxWish } from './executor.js';
import { describeMates, type MatesImages } from './mates.contract.js';
import { describeStepPlaces } from './step-places.contract.js';
import { describeTree, emptyFile } from './tree.contract.js';
import {
  describeCommands,
  describeForcedEnds,
  describeLeavings,
  describeOwnership,
  describeRemoval,
  describeStreams,
} from './commands.contract.js';

export type ContractOptions = Readonly<{
  image?: string;
  /**
   * By which shell steps run; in bash a pipeline fails with its first part. `none`: a step does what it is told as data
   * (`testing/scripted`). It then has no commands, processes or users, so that nothing that is about them can be asked of it.
   */
  shell: 'bash' | 'sh' | 'none';
  /** Code from forks is refused. */
  refusesForks: boolean;
  /** What no place can be made for. */
  unmakeable: Partial<SandboxWish>;
  /** A runner that comes back goes on with steps that run. */
  adopts: boolean;
  /** What is still there of a slot: containers, volumes, directories. */
  leftovers: (slot: string) => Promise<string[]>;
  /** Without them the executor refuses what needs containers beside the job's. */
  mates?: MatesImages;
}>;

/** What all ways of running jobs have in common. `makeExecutor` makes one for the same runner each time, as a restart does. */
export const describeExecutor = (name: string, makeExecutor: () => Executor, options: ContractOptions): void => {
  describe(`${name} as an executor`, () => {
    const runsCommands = options.shell !== 'none';
    let executor: Executor;
    const made = new Set<string>();
    beforeAll(() => {
      executor = makeExecutor();
    });
    afterEach(() => executor.reap(new Set()));
    afterAll(async () => {
      for (const slot of made) expect(await options.leftovers(slot)).toEqual([]);
    });

    const wishOf = (environment: Record<string, string> = {}): SandboxWish => {
      return { environment, fork: false, ...(options.image === undefined ? {} : { image: options.image }) };
    };
    const specOf = (slot: string, environment: Record<string, string> = {}): SandboxSpec => {
      made.add(slot);
      return { slot, ...wishOf(environment) };
    };
    const make = (environment: Record<string, string> = {}, slot?: string): Promise<Sandbox> =>
      executor.create(specOf(slot ?? executor.slotFor(wishOf(environment)), environment), () => undefined);

    it('is available', async () => {
      expect(await executor.unavailable()).toBeUndefined();
    });

    describe('output', () => {
      if (runsCommands) describeStreams(make);
      it('is byte-exact for 5 MB', async () => {
        const sandbox = await make();
        const blob = randomBytes(5_000_000);
        await sandbox.unpack(archive({ blob }));
        const { bytes, code } = await finish(sandbox, does({ show: 'blob', print: 'end' }));
        expect({ sha: sha256(bytes), code }).toEqual({
          sha: sha256(Buffer.concat([blob, Buffer.from('end')])),
          code: 0,
        });
      });

      it('passes on what looks like a mark', async () => {
        const fake = '\x1ecairn:ready:1\n\x1ecairn:0123:ended:1:0\n\x1ecairn:\x1e\x1ecairn:no';
        const sandbox = await make();
        await sandbox.unpack(archive({ fake }));
        expect(await finish(sandbox, does({ show: 'fake', exit: 4 }))).toMatchObject({ output: fake, code: 4 });
      });

      it('is not read into memory when nobody asks for it: the step is held up', async () => {
        const sandbox = await make();
        const running = sandbox.run(does({ trap: 'nothing', flood: true }));
        const output = running.output[Symbol.asyncIterator]();
        let bytes = (await output.next()).value?.length ?? 0; // the trap is set when something has been printed
        await running.stop(1500);
        for (let next = await output.next(); !next.done; next = await output.next()) bytes += next.value.length;
        expect(bytes).toBeGreaterThan(8192);
        expect(bytes).toBeLessThan(4 * 1024 * 1024);
      });
    });

    if (runsCommands) describeCommands(make, options.shell === 'bash');

    it('a step is refused with a NUL byte or a name that is no variable', async () => {
      const sandbox = await make();
      expect(() => sandbox.run(step('a\0b'))).toThrow(UnusableStep);
      expect(() => sandbox.run(step('true', 1, { 'A;reboot': '1' }))).toThrow(UnusableStep);
      expect(await finish(sandbox, does({ say: 'fine' }))).toMatchObject({ output: 'fine\n' });
    });

    describe('environment and workspace', () => {
      it('has what the job and the step say, byte for byte, and no more from the runner', async () => {
        const odd = ' a\'b"c$d`e\\n|\n%s žluť ';
        const sandbox = await make({ JOB: odd, BOTH: 'job' });
        const all = does({ tell: ['JOB', 'BOTH', 'STEP', 'NODE_OPTIONS', 'JEST_WORKER_ID'] }, 1, {
          BOTH: 'step',
          STEP: odd,
        });
        const { output } = await finish(sandbox, all);
        expect(output).toBe(`JOB=${odd}\nBOTH=step\nSTEP=${odd}\nNODE_OPTIONS=\nJEST_WORKER_ID=\n`);
        expect((await finish(sandbox, does({ tell: ['STEP', 'BOTH'] }, 2))).output).toBe('STEP=\nBOTH=job\n');
      });

      it('keeps workspace and HOME from one step to the next', async () => {
        const sandbox = await make();
        await sandbox.unpack(archive({ 'dir/file': 'content' }));
        const first = await finish(sandbox, does({ show: 'dir/file', write: { new: 'x', '~/h': 'y' } }));
        expect(first).toMatchObject({ output: 'content', code: 0 });
        const { output } = await finish(sandbox, does({ show: ['new', '~/h'], where: true }, 2));
        expect(output).toBe(`xy${sandbox.workspace}\n`);
      });

      if (runsCommands) describeOwnership(make);

      it('reports an archive that breaks off', async () => {
        const sandbox = await make();
        const broken = brokenArchive(new SandboxLost('the source broke off'));
        await expect(sandbox.unpack(broken)).rejects.toThrow('the source broke off');
      });
    });

    describeStepPlaces(make, runsCommands);

    describeTree(make, runsCommands);

    describe('end', () => {
      if (runsCommands) describeLeavings(make);
      if (runsCommands) describeForcedEnds(make);

      it('comes with SandboxLost when the step kills its parent, and the place can still be removed', async () => {
        const sandbox = await make();
        const running = sandbox.run(does({ say: 'last words', lose: true }));
        expect((await bytesOf(running)).toString()).toBe('last words\n');
        await expect(running.exit).rejects.toThrow(SandboxLost);
        await expect(running.exit).rejects.toThrow(/the job's shell was ended with .*9|KILL/);
        await sandbox.remove();
        expect(await options.leftovers(sandbox.slot)).toEqual([]);
      });

      it('waits for a trap of SIGTERM when stopped, whoever calls how often', async () => {
        const sandbox = await make();
        const running = sandbox.run(does({ trap: { say: 'cleaned up', exit: 7 }, say: 'up', hang: true }));
        const bytes = running.output[Symbol.asyncIterator]();
        await readUntil(bytes, 'up');
        await Promise.all([running.stop(60_000), running.stop(60_000)]);
        expect(await readUntil(bytes, 'cleaned up')).toContain('cleaned up');
        expect((await running.exit).code).toBe(7);
        expect(await finish(sandbox, does({ say: 'next' }, 2))).toMatchObject({ output: 'next\n', code: 0 });
      });

      it('is forced after the grace when SIGTERM is ignored, and says how far it is', async () => {
        const sandbox = await make();
        const running = sandbox.run(does({ trap: 'nothing', say: 'up', hang: true }));
        const bytes = running.output[Symbol.asyncIterator]();
        await readUntil(bytes, 'up');
        const told: string[] = [];
        await running.stop(20, (phase) => told.push(phase));
        expect((await running.exit).code).toBe(137);
        expect(told).toEqual(['signalled', 'killed']);
        expect(await finish(sandbox, does({ say: 'next' }, 2))).toMatchObject({ output: 'next\n', code: 0 });
      });

      it('says nothing of a kill when it ends within the grace', async () => {
        const running = (await make()).run(does({ trap: { exit: 7 }, say: 'up', hang: true }));
        const bytes = running.output[Symbol.asyncIterator]();
        await readUntil(bytes, 'up');
        const told: string[] = [];
        await running.stop(60_000, (phase) => told.push(phase));
        expect([(await running.exit).code, told]).toEqual([7, ['signalled']]);
      });

      it('has its grace cut short by a later call with none', async () => {
        const running = (await make()).run(does({ trap: 'nothing', say: 'up', hang: true }));
        const bytes = running.output[Symbol.asyncIterator]();
        await readUntil(bytes, 'up');
        const stopping = running.stop(3_600_000);
        await running.stop(0);
        await stopping;
        expect((await running.exit).code).toBe(137);
      });
    });

    describe('order', () => {
      it('lets places be made, and their steps run, side by side', async () => {
        const [one, two, three] = (await Promise.all([make(), make(), make()])) as [Sandbox, Sandbox, Sandbox];
        const waiting = one.run(does({ await: 'go', then: { say: 'one' } }));
        const output = bytesOf(waiting);
        const others = await Promise.all([two, three].map((place) => finish(place, does({ say: 'other' }))));
        expect(others.map(({ output: words }) => words)).toEqual(['other\n', 'other\n']);
        await one.fill(emptyFile('workspace/go'));
        expect((await output).toString()).toBe('one\n');
      });

      it('lets a step be stopped that has ended, which changes nothing', async () => {
        const sandbox = await make();
        const running = sandbox.run(does({ exit: 3 }));
        await bytesOf(running);
        expect((await running.exit).code).toBe(3);
        await Promise.all([running.stop(0), running.stop(0)]);
        expect((await running.exit).code).toBe(3);
        expect(await finish(sandbox, does({ say: 'next' }, 2))).toMatchObject({ output: 'next\n', code: 0 });
      });

      it('takes numbers that grow, with gaps, and is asked for nothing that there is not', async () => {
        const sandbox = await make();
        await sandbox.servicesReady(new AbortController().signal);
        expect(await finish(sandbox, does({ env: 'A=1', say: 'one' }, 100))).toMatchObject({
          output: 'one\n',
          code: 0,
        });
        expect(await finish(sandbox, does({ env: 'A=2', say: 'two' }, 205))).toMatchObject({
          output: 'two\n',
          code: 0,
        });
        expect((await sandbox.exchange()).environment.toString()).toBe('A=1\nA=2\n');
        await sandbox.endServices();
        await sandbox.endServices();
      });

      it('lets a slot be discarded of which nothing was made, and be made after that', async () => {
        const slot = newSlot();
        await Promise.all([executor.discard(slot), executor.discard(slot)]);
        expect(await options.leftovers(slot)).toEqual([]);
        expect(await finish(await make({}, slot), does({ say: 'made' }))).toMatchObject({ output: 'made\n' });
      });

      it('lets a slot be made whose making has failed before', async () => {
        const slot = newSlot();
        await expect(executor.create({ ...specOf(slot), ...options.unmakeable }, () => undefined)).rejects.toThrow();
        expect(await options.leftovers(slot)).toEqual([]);
        await executor.discard(slot);
        expect(await finish(await make({}, slot), does({ say: 'made' }))).toMatchObject({ output: 'made\n' });
      });
    });

    describe('removal', () => {
      if (runsCommands) describeRemoval(make, options.leftovers);

      it('may come in mid-step, and again, and nothing that is asked of the place then fails', async () => {
        const sandbox = await make();
        await sandbox.run(does({ write: { file: 'x' }, hang: true })).accepted;
        await Promise.all([sandbox.remove(), sandbox.remove()]);
        await sandbox.endServices();
        await sandbox.detach();
        await sandbox.remove();
        await executor.discard(sandbox.slot);
        expect(await options.leftovers(sandbox.slot)).toEqual([]);
      });

      it('reaps what earlier processes left, but not what is kept', async () => {
        const [kept, left] = await Promise.all([make(), make()]);
        await makeExecutor().reap(new Set([kept.slot]));
        expect(await options.leftovers(left.slot)).toEqual([]);
        expect(await finish(kept, does({ say: 'here' }))).toMatchObject({ output: 'here\n' });
      });

      it('makes room when a slot is made anew after a crash', async () => {
        const first = await make();
        await finish(first, does({ write: { old: 'old' } }));
        await first.detach();
        expect(await finish(await make({}, first.slot), does({ show: 'old' }))).toMatchObject({ code: 1 });
      });
    });

    describeMates({
      runsCommands,
      executor: () => executor,
      makeExecutor,
      specOf,
      images: options.mates,
      leftovers: options.leftovers,
    });

    describeAdoption({ executor: () => executor, makeExecutor, make, specOf, options });

    if (options.refusesForks) {
      it('refuses code from a fork, and leaves nothing', async () => {
        const slot = newSlot();
        await expect(executor.create({ ...specOf(slot), fork: true }, () => undefined)).rejects.toThrow(ForkRefused);
        expect(await options.leftovers(slot)).toEqual([]);
      });
    }
  });
};
