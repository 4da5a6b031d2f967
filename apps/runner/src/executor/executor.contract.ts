import { randomBytes, randomInt } from 'node:crypto';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { ForkRefused, SandboxLost, UnusableStep } from '#errors';
import { describeAdoption } from './adoption.contract.js';
import {
  archive,
  brokenArchive,
  bytesOf,
  countProcesses,
  finish,
  newSlot,
  readUntil,
  sha256,
  step,
} from './contract-steps.js';
import type { Executor, Sandbox, SandboxSpec, SandboxWish } from './executor.js';
import { describeMates, type MatesImages } from './mates.contract.js';
import { describeStepPlaces } from './step-places.contract.js';
import { describeTree } from './tree.contract.js';

export type ContractOptions = Readonly<{
  image?: string;
  /** Steps run in bash, so that a pipeline fails with its first part. */
  bash: boolean;
  /** Code from forks is refused. */
  refusesForks: boolean;
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
      it('keeps stdout and stderr in the order in which they were written', async () => {
        const script = 'i=0; while [ $i -lt 500 ]; do echo "err $i" >&2; i=$((i+1)); echo "out $i"; i=$((i+1)); done';
        const lines = Array.from({ length: 500 }, (_, index) => `${index % 2 ? 'out' : 'err'} ${index}\n`);
        expect((await finish(await make(), step(script))).output).toBe(lines.join(''));
      });

      it('can be written to by name', async () => {
        const { output } = await finish(await make(), step('echo one >/dev/stdout; echo two >/dev/stderr'));
        expect(output).toBe('one\ntwo\n');
      });

      it('is byte-exact for every value of a byte, and has no newline added', async () => {
        const octal = Array.from({ length: 256 }, (_, byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
        const { bytes } = await finish(await make(), step(`printf '${octal}'`));
        expect([...bytes]).toEqual(Array.from({ length: 256 }, (_, byte) => byte));
      });

      it('is byte-exact for 5 MB', async () => {
        const sandbox = await make();
        const blob = randomBytes(5_000_000);
        await sandbox.unpack(archive({ blob }));
        const { bytes, code } = await finish(sandbox, step('cat blob; printf end'));
        expect({ sha: sha256(bytes), code }).toEqual({
          sha: sha256(Buffer.concat([blob, Buffer.from('end')])),
          code: 0,
        });
      });

      it('passes on what looks like a mark', async () => {
        const fake = '\x1ecairn:ready:1\n\x1ecairn:0123:ended:1:0\n\x1ecairn:\x1e\x1ecairn:no';
        const sandbox = await make();
        await sandbox.unpack(archive({ fake }));
        expect(await finish(sandbox, step('cat fake; exit 4'))).toMatchObject({ output: fake, code: 4 });
      });

      it('is not read into memory when nobody asks for it: the step is held up', async () => {
        const sandbox = await make();
        const running = sandbox.run(step("trap '' TERM; while :; do printf '%08192d' 1; done"));
        const output = running.output[Symbol.asyncIterator]();
        let bytes = (await output.next()).value?.length ?? 0; // the trap is set when something has been printed
        await running.stop(1500);
        for (let next = await output.next(); !next.done; next = await output.next()) bytes += next.value.length;
        expect(bytes).toBeGreaterThan(8192);
        expect(bytes).toBeLessThan(4 * 1024 * 1024);
      });
    });

    describe('script', () => {
      it('may have quotes, unicode, several lines and odd bytes', async () => {
        const script = `cat <<'EOF'\n'single' "double" \`back\` \\n %s | $HOME\n\tžluťoučký 🪨 \x01\x7f\x1e\nEOF\necho 'a\n\nb'  \n`;
        const { output } = await finish(await make(), step(script));
        expect(output).toBe(`'single' "double" \`back\` \\n %s | $HOME\n\tžluťoučký 🪨 \x01\x7f\x1e\na\n\nb\n`);
      });

      it('may be longer than an argument may be', async () => {
        const { output } = await finish(await make(), step(`: '${'x'.repeat(300_000)}'\necho done`));
        expect(output).toBe('done\n');
      });

      it('stops at the first command that fails, with its exit code', async () => {
        expect(await finish(await make(), step('echo a\n(exit 3)\necho b'))).toMatchObject({ output: 'a\n', code: 3 });
      });

      it('says which command was not found', async () => {
        const { output, code } = await finish(await make(), step('no-such-command --x'));
        expect(output).toContain('no-such-command');
        expect(code).toBe(127);
      });

      it(`${options.bash ? 'fails' : 'goes on'} when the first part of a pipeline fails`, async () => {
        const { code } = await finish(await make(), step('(exit 5) | cat'));
        expect(code).toBe(options.bash ? 5 : 0);
      });

      it('finds nothing on stdin', async () => {
        const { output, code } = await finish(await make(), step('cat; read -r line || echo end of file'));
        expect({ output, code }).toEqual({ output: 'end of file\n', code: 0 });
      });

      it('is ended by SIGINT as anywhere else', async () => {
        const { code } = await finish(await make(), step('kill -INT $$; echo went on'));
        expect(code).toBe(130);
      });

      it('is refused with a NUL byte or a name that is no variable', async () => {
        const sandbox = await make();
        expect(() => sandbox.run(step('a\0b'))).toThrow(UnusableStep);
        expect(() => sandbox.run(step('true', 1, { 'A;reboot': '1' }))).toThrow(UnusableStep);
        expect(await finish(sandbox, step('echo fine'))).toMatchObject({ output: 'fine\n' });
      });
    });

    describe('environment and workspace', () => {
      it('has what the job and the step say, byte for byte, and no more from the runner', async () => {
        const odd = ' a\'b"c$d`e\\n|\n%s žluť ';
        const sandbox = await make({ JOB: odd, BOTH: 'job' });
        const script = 'printf "<%s>" "$JOB" "$BOTH" "$STEP" "$NODE_OPTIONS$JEST_WORKER_ID"';
        const { output } = await finish(sandbox, step(script, 1, { BOTH: 'step', STEP: odd }));
        expect(output).toBe(`<${odd}><step><${odd}><>`);
        expect((await finish(sandbox, step('echo "<$STEP$BOTH>"', 2))).output).toBe('<job>\n');
      });

      it('shares the workspace between steps, owned by whoever runs them, with HOME outside', async () => {
        const sandbox = await make();
        await sandbox.unpack(archive({ 'dir/file': 'content' }));
        expect(await finish(sandbox, step('cat dir/file; echo x >new; cd dir; touch "$HOME/h"'))).toMatchObject({
          code: 0,
        });
        const { output } = await finish(
          sandbox,
          step(
            'cat new; pwd; ls; [ -O . ] && [ -O dir/file ] && [ -O "$HOME" ]; case "$HOME" in "$PWD"*) exit 1;; esac',
            2,
          ),
        );
        expect(output).toBe(`x\n${sandbox.workspace}\ndir\nnew\n`);
      });

      it('gets what an archive has: modes, times, long names, and links wherever they lead', async () => {
        const [long, time] = [`${'long/'.repeat(30)}name`, new Date('2020-01-02T03:04:05Z')];
        const tar = pack();
        tar.entry({ name: 'run', mode: 0o755, mtime: time }, '#!/bin/sh\necho ran\n');
        tar.entry({ name: 'plain', mode: 0o644, mtime: new Date('2020-01-02T03:04:06Z') }, 'plain');
        tar.entry({ name: long }, 'found');
        tar.entry({ name: 'link', type: 'symlink', linkname: long, mtime: time });
        tar.entry({ name: 'outward', type: 'symlink', linkname: '/no/such/../file', mtime: time });
        tar.finalize();
        const sandbox = await make();
        await sandbox.unpack(Readable.from(tar));
        const script =
          './run; ! [ -x plain ] || exit 1; [ plain -nt run ] && cat link; ls -ld outward | grep -o "outward -> .*"';
        expect((await finish(sandbox, step(script))).output).toBe('ran\nfoundoutward -> /no/such/../file\n');
      });

      it('reports an archive that breaks off', async () => {
        const sandbox = await make();
        const broken = brokenArchive(new SandboxLost('the source broke off'));
        await expect(sandbox.unpack(broken)).rejects.toThrow('the source broke off');
      });
    });

    describeStepPlaces(make);

    describeTree(make);

    describe('end', () => {
      it('comes when the script ends, and what it leaves in the background is killed', async () => {
        const seconds = randomInt(1e7, 9e7);
        const sandbox = await make();
        const leave = `sleep ${seconds} & (env -i sleep ${seconds} >/dev/null 2>&1 &) ; setsid sleep ${seconds} & echo left`;
        expect(await finish(sandbox, step(leave))).toMatchObject({ output: 'left\n', code: 0 });
        expect((await finish(sandbox, step(countProcesses(seconds), 2))).output).toBe('0\n');
      });

      it('comes with SandboxLost when the step kills its parent, and the place can still be removed', async () => {
        const sandbox = await make();
        const running = sandbox.run(step('echo last words; kill -9 $PPID; sleep 1000'));
        expect((await bytesOf(running)).toString()).toBe('last words\n');
        await expect(running.exit).rejects.toThrow(SandboxLost);
        await expect(running.exit).rejects.toThrow(/the job's shell was ended with .*9|KILL/);
        await sandbox.remove();
        expect(await options.leftovers(sandbox.slot)).toEqual([]);
      });

      it('waits for a trap of SIGTERM when stopped, whoever calls how often', async () => {
        const sandbox = await make();
        const running = sandbox.run(step("trap 'echo cleaned up; exit 7' TERM; echo up; while :; do sleep 0.05; done"));
        const bytes = running.output[Symbol.asyncIterator]();
        await readUntil(bytes, 'up');
        await Promise.all([running.stop(60_000), running.stop(0)]);
        expect(await readUntil(bytes, 'cleaned up')).toContain('cleaned up');
        expect((await running.exit).code).toBe(7);
        expect(await finish(sandbox, step('echo next', 2))).toMatchObject({ output: 'next\n', code: 0 });
      });

      it('is forced after the grace when SIGTERM is ignored', async () => {
        const sandbox = await make();
        const running = sandbox.run(step("trap '' TERM; echo up; while :; do sleep 1; done"));
        const bytes = running.output[Symbol.asyncIterator]();
        await readUntil(bytes, 'up');
        await running.stop(20);
        expect((await running.exit).code).toBe(137);
        expect(await finish(sandbox, step('echo next', 2))).toMatchObject({ output: 'next\n', code: 0 });
      });
    });

    describe('removal', () => {
      it('takes processes, files and all, in mid-step, twice', async () => {
        const seconds = randomInt(1e7, 9e7);
        const [sandbox, other] = await Promise.all([make(), make()]);
        const running = sandbox.run(
          step(`mkdir -p locked/in && touch locked/in/f && chmod -R a-w locked; sleep ${seconds}`),
        );
        await running.accepted;
        await sandbox.remove();
        await sandbox.remove();
        expect(await options.leftovers(sandbox.slot)).toEqual([]);
        expect((await finish(other, step(countProcesses(seconds)))).output).toBe('0\n');
      });

      it('reaps what earlier processes left, but not what is kept', async () => {
        const [kept, left] = await Promise.all([make(), make()]);
        await makeExecutor().reap(new Set([kept.slot]));
        expect(await options.leftovers(left.slot)).toEqual([]);
        expect(await finish(kept, step('echo here'))).toMatchObject({ output: 'here\n' });
      });

      it('makes room when a slot is made anew after a crash', async () => {
        const first = await make();
        await finish(first, step('echo old >old'));
        await first.detach();
        expect(await finish(await make({}, first.slot), step('ls'))).toMatchObject({ output: '' });
      });
    });

    describeMates({
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
